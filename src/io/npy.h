#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace tern {

/// A dense float32 array in C order.
struct NpyArray {
  std::vector<uint64_t> shape;
  std::vector<float> values;
};

/// Writes NumPy format 1.0, '<f4', C order; atomic.
Status write_npy(const std::string& path, std::span<const float> values, const std::vector<uint64_t>& shape);
/// Reads a '<f4' C-order .npy (1.0, 2.0); kBadFile otherwise.
Result<NpyArray> read_npy(const std::string& path);

}  // namespace tern
