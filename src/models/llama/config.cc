// Llama: SwiGLU, no sub-norms; its linears may be dense, or BitLinear as in Llama3-8B-1.58 and Falcon3-1.58.
#include "models/config_reader.h"

namespace tern::llama {
namespace {

ModelConfig fresh_config() {
  ModelConfig config;
  config.arch = "llama";
  config.float_linear = LinearKind::kDense;
  return config;
}

}  // namespace

Result<ModelConfig> read_hf(const Json& json, const ConfigContext& context) {
  ModelConfig config = fresh_config();
  TERN_TRY(read_hf_dimensions(json, context, 10000.0, config));
  TERN_ASSIGN(config.activation, read_hf_activation(json, "hidden_act", Activation::kSwiglu, context));
  return config;
}

Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture,
                              const ConfigContext& context) {
  ModelConfig config = fresh_config();
  config.llama_rope_rows = true;
  TERN_TRY(read_gguf_dimensions(gguf, architecture, context, config));
  TERN_ASSIGN(config.activation, read_gguf_activation(gguf, architecture, Activation::kSwiglu, context));
  return config;
}

}  // namespace tern::llama
