// One Qwen2 layer over all rows of a pass: Llama's, where project() adds a linear's bias.
#include "models/llama/llama.h"

namespace tern::qwen2 {

Status layer(Pass& pass, const LayerWeights& w, int64_t index) {
  return llama::layer(pass, w, index);
}

}  // namespace tern::qwen2
