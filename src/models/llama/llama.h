#pragma once
// Llama's block, which other architectures share.
#include "models/arch.h"

namespace tern::llama {

/// With biases behind q, k and v when config.qkv_bias is set.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);
Status layer(Pass& pass, const LayerWeights& weights, int64_t index);

}  // namespace tern::llama
