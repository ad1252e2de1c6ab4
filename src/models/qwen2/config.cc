// Qwen2 and Qwen2.5: Llama with biases behind q, k and v.
#include "models/config_reader.h"

namespace tern::qwen2 {
namespace {

ModelConfig fresh_config() {
  ModelConfig config;
  config.arch = "qwen2";
  config.float_linear = LinearKind::kDense;
  config.qkv_bias = true;
  return config;
}

}  // namespace

Result<ModelConfig> read_hf(const Json& json, const ConfigContext& context) {
  ModelConfig config = fresh_config();
  // Every file states a sliding_window; it means something only with use_sliding_window.
  TERN_TRY(read_hf_dimensions(json, context, 10000.0, config, {"sliding_window"}));
  TERN_ASSIGN(const std::optional<bool> window, json_bool(json, "use_sliding_window", context.what));
  if (window.value_or(false)) {
    return fail(ErrorCode::kUnsupported, "{}: use_sliding_window = true is not supported for qwen2",
                context.what);
  }
  TERN_ASSIGN(config.activation, read_hf_activation(json, "hidden_act", Activation::kSwiglu, context));
  return config;
}

Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture,
                              const ConfigContext& context) {
  ModelConfig config = fresh_config();
  TERN_TRY(read_gguf_dimensions(gguf, architecture, context, config));
  TERN_ASSIGN(config.activation, read_gguf_activation(gguf, architecture, Activation::kSwiglu, context));
  return config;
}

}  // namespace tern::qwen2
