// MiniCPM: Llama whose embeddings, sublayers and logits are scaled by what was tuned on smaller models.
#include <cmath>

#include "models/config_reader.h"

namespace tern::minicpm {
namespace {

// What a scale may be: far from where float32 products over- or underflow.
constexpr double kLeast = 1e-6, kMost = 1e6;

ModelConfig fresh_config() {
  ModelConfig config;
  config.arch = "minicpm";
  config.float_linear = LinearKind::kDense;
  config.tied_head = true;  // unless the file says otherwise, as in MiniCPM's own configuration class
  return config;
}

}  // namespace

Result<ModelConfig> read_hf(const Json& json, const ConfigContext& context) {
  ModelConfig config = fresh_config();
  const std::string& what = context.what;
  TERN_TRY(read_hf_dimensions(json, context, 10000.0, config));
  if (const Json* sparse = json_field(json, "sparse_config")) {
    return fail(ErrorCode::kUnsupported, "{}: sparse_config = {} is not supported", what, dump_json(*sparse));
  }
  const auto scale = [&](const char* key) -> Result<double> {
    TERN_ASSIGN(const std::optional<double> value, json_number(json, key, what));
    return number_in(value, kLeast, kMost, key, what);
  };
  TERN_ASSIGN(const double embedding, scale("scale_emb"));
  TERN_ASSIGN(const double depth, scale("scale_depth"));
  TERN_ASSIGN(const double base, scale("dim_model_base"));
  config.embedding_scale = static_cast<float>(embedding);
  config.residual_scale = static_cast<float>(depth / std::sqrt(static_cast<double>(config.layers)));
  config.logit_divisor = static_cast<float>(static_cast<double>(config.hidden) / base);
  TERN_ASSIGN(config.activation, read_hf_activation(json, "hidden_act", Activation::kSwiglu, context));
  return config;
}

Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture,
                              const ConfigContext& context) {
  ModelConfig config = fresh_config();
  config.llama_rope_rows = true;
  TERN_TRY(read_gguf_dimensions(gguf, architecture, context, config,
                                {"embedding_scale", "residual_scale", "logit_scale"}));
  const auto scale = [&](const char* name) -> Result<float> {
    const std::string key = fmt::format("{}.{}", architecture, name);
    TERN_ASSIGN(const std::optional<double> value, gguf.get_float(key));
    TERN_ASSIGN(const double checked, number_in(value, kLeast, kMost, key, context.what));
    return static_cast<float>(checked);
  };
  TERN_ASSIGN(config.embedding_scale, scale("embedding_scale"));
  TERN_ASSIGN(config.residual_scale, scale("residual_scale"));
  TERN_ASSIGN(config.logit_divisor, scale("logit_scale"));  // hidden size / dim_model_base, whatever its name
  TERN_ASSIGN(config.activation, read_gguf_activation(gguf, architecture, Activation::kSwiglu, context));
  return config;
}

}  // namespace tern::minicpm
