#pragma once
// The tensor table of an architecture: each architecture's tensors.cc fills it, loader, inspect, synth and convert read it.
#include <cstdint>
#include <string>
#include <vector>

#include "models/config.h"

namespace tern {

enum class TensorRole { kEmbedding, kNorm, kLinear, kHead };

struct TensorSpec {
  std::string name;       ///< canonical = Hugging Face name, e.g. "model.layers.0.self_attn.q_proj.weight"
  std::string gguf_name;  ///< e.g. "blk.0.attn_q.weight"; empty when GGUF has no such tensor
  TensorRole role;
  std::vector<uint64_t> shape;  ///< [out, in] or [n]
  bool rope_rows = false;       ///< rows follow the RoPE order (permuted in `llama` GGUF files)
};

}  // namespace tern
