#pragma once
// What every model file gives: named tensors as bytes of a mapped file.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tensor/dtype.h"

namespace tern {

/// A tensor of a file. `shape` is in row-major order, outermost first (GGUF's dims reversed). `bytes` points
/// into the mapped file and lies wholly inside it; size equals dtype_bytes(dtype, elements).
struct TensorEntry {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<uint64_t> shape;
  std::span<const uint8_t> bytes;
  uint64_t elements() const {
    uint64_t n = 1;  // the reader has checked that this does not overflow
    for (const uint64_t d : shape) n *= d;
    return n;
  }
};

/// Common face of Gguf and Safetensors.
class TensorSource {
 public:
  virtual ~TensorSource() = default;
  /// nullptr when there is none.
  virtual const TensorEntry* find(std::string_view name) const = 0;
  virtual const std::vector<TensorEntry>& tensors() const = 0;
  /// Path for messages.
  virtual const std::string& path() const = 0;
};

}  // namespace tern
