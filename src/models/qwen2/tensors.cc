// The tensors of a Qwen2 model: Llama's, and the biases that config.qkv_bias asks for.
#include "models/llama/llama.h"

namespace tern::qwen2 {

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  return llama::tensor_table(config);
}

}  // namespace tern::qwen2
