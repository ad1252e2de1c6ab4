#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/thread_pool.h"
#include "models/model_file.h"

namespace tern {

/// How the trits of a matrix are spread, and the scale that goes with them.
struct TritHistogram {
  std::array<uint64_t, 3> counts{};  ///< of -1, 0, +1
  float scale = 0.0f;
  ScaleOp op = ScaleOp::kMultiply;
  uint64_t total() const { return counts[0] + counts[1] + counts[2]; }
};

/// Loads the tensor of one table line as the engine does and counts its trits. Nothing for a tensor that is
/// not ternary. Errors: those of load_linear().
Result<std::optional<TritHistogram>> trit_histogram(const ModelFile& file, const TensorSpec& spec,
                                                    ThreadPool* pool);

}  // namespace tern
