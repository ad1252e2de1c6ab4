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
  TERN_ASSIGN(const std::optional<std::string> act, json_string(json, "hidden_act", context.what));
  TERN_ASSIGN(config.activation, resolve_activation(act, "hidden_act", Activation::kSwiglu, context));
  return config;
}

Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture,
                              const ConfigContext& context) {
  ModelConfig config = fresh_config();
  config.llama_rope_rows = true;
  TERN_TRY(read_gguf_dimensions(gguf, architecture, context, config));
  const std::string key = architecture + ".hidden_activation";
  TERN_ASSIGN(const std::optional<std::string> act, gguf.get_string(key));
  TERN_ASSIGN(config.activation, resolve_activation(act, key, Activation::kSwiglu, context));
  return config;
}

}  // namespace tern::llama
