#pragma once
// What a model costs: operations, memory, time. All derived from its shape.
#include <cstdint>

#include "models/config.h"
#include "train/recipe/recipe.h"

namespace tern::train {

struct ParameterCounts {
  int64_t linears = 0, embedding = 0, norms = 0;
  int64_t all() const { return linears + embedding + norms; }
};
ParameterCounts count_parameters(const ModelConfig& config);

/// Floating-point operations of forward and backward a token, multiply and add counted apart: 6 a weight of
/// linears and head, and for attention 12 * width a key that is seen, `keys` on average.
double flops_per_token(const ModelConfig& config, double keys);

/// Bytes that training holds at once, about.
struct MemoryEstimate {
  double parameters = 0;   ///< masters, their view, gradients, moments, packed trits, an average
  double activations = 0;  ///< of one pass
  double all() const { return parameters + activations; }
};
/// Bytes of a teacher of that shape.
double teacher_memory(const ModelConfig& config);
MemoryEstimate estimate_memory(const ModelConfig& config, const StageRecipe& stage, int64_t world);

}  // namespace tern::train
