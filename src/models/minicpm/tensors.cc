// The tensors of a MiniCPM model: Llama's.
#include "models/llama/llama.h"

namespace tern::minicpm {

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  return llama::tensor_table(config);
}

}  // namespace tern::minicpm
