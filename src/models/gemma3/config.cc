// Gemma 3 (text): most layers see a window of keys, with a RoPE of their own; embeddings are scaled.
#include <cmath>

#include "models/config_reader.h"
#include "tensor/float16.h"

namespace tern::gemma3 {
namespace {

constexpr int64_t kDefaultPattern = 6;            // every sixth layer sees all keys
constexpr int64_t kMaxWindow = int64_t{1} << 24;  // as positions
constexpr int64_t kMaxPattern = 1024;             // as layers
constexpr int64_t kLayersOf27B = 62;

ModelConfig fresh_config() {
  ModelConfig config;
  config.arch = "gemma3";
  config.float_linear = LinearKind::kDense;
  config.tied_head = true;
  return config;
}

/// sqrt(hidden) in the precision in which the model was trained: the reference rounds it to the activations'
/// type.
float embedding_scale(const ModelConfig& config, std::string_view dtype) {
  const auto root = static_cast<float>(std::sqrt(static_cast<double>(config.hidden)));
  if (dtype == "bfloat16") return bf16_to_f32(f32_to_bf16(root));
  return dtype == "float16" ? f16_to_f32(f32_to_f16(root)) : root;
}

float attention_scale(double query_scalar) {
  return static_cast<float>(1.0 / std::sqrt(query_scalar));
}

/// GGUF has no field for query_pre_attn_scalar; only the 27B model's is not the head size.
Result<float> gguf_attention_scale(const ModelConfig& config, std::string_view prefix,
                                   std::string_view what) {
  if (config.layers != kLayersOf27B) return attention_scale(static_cast<double>(config.head_dim));
  if (config.hidden % config.heads != 0) {
    return fail(ErrorCode::kBadFile,
                "{}: field {}attention.head_count = {} does not divide the hidden size {}", what, prefix,
                config.heads, config.hidden);
  }
  return attention_scale(static_cast<double>(config.hidden / config.heads));
}

Status set_window(std::optional<int64_t> window, std::string_view key, std::string_view what,
                  ModelConfig& config) {
  if (!window) return fail(ErrorCode::kBadFile, "{}: field {} is missing", what, key);
  if (*window < 1 || *window > kMaxWindow)
    return fail(ErrorCode::kBadFile, "{}: field {} = {} is outside 1 .. {}", what, key, *window, kMaxWindow);
  config.window = *window;
  return {};
}

/// All layers are windowed but every `pattern`-th.
Status set_pattern(int64_t pattern, std::string_view key, std::string_view what, ModelConfig& config) {
  if (pattern < 1 || pattern > kMaxPattern)
    return fail(ErrorCode::kBadFile, "{}: field {} = {} is outside 1 .. {}", what, key, pattern, kMaxPattern);
  for (int64_t l = 0; l < config.layers; ++l) config.windowed_layers.push_back((l + 1) % pattern != 0);
  return {};
}

/// `layer_types`, or the pattern that older files have instead.
Status read_hf_windows(const Json& json, std::string_view what, ModelConfig& config) {
  const Json* types = json_field(json, "layer_types");
  if (types == nullptr) {
    const bool named_privately = json_field(json, "sliding_window_pattern") == nullptr;
    const char* key = named_privately ? "_sliding_window_pattern" : "sliding_window_pattern";
    TERN_ASSIGN(const std::optional<int64_t> pattern, json_int(json, key, what));
    TERN_TRY(set_pattern(pattern.value_or(kDefaultPattern), key, what, config));
  } else {
    if (!types->is_array() || types->size() != static_cast<size_t>(config.layers)) {
      return fail(ErrorCode::kBadFile, "{}: layer_types must be a list of {} types, one a layer", what,
                  config.layers);
    }
    for (const Json& type : *types) {
      if (type != "sliding_attention" && type != "full_attention")
        return fail(ErrorCode::kUnsupported, "{}: layer_types with {} are not supported", what,
                    dump_json(type));
      config.windowed_layers.push_back(type == "sliding_attention");
    }
  }
  TERN_ASSIGN(const std::optional<int64_t> window, json_int(json, "sliding_window", what));
  return set_window(window, "sliding_window", what, config);
}

/// The base that RoPE parameters give; `factor` becomes that of linear scaling, where the caller takes one.
Status read_rope(const Json& rope, std::string_view what, double* theta, float* factor) {
  if (!rope.is_object()) return fail(ErrorCode::kBadFile, "{} is not an object", what);
  TERN_ASSIGN(const std::string kind, rope_kind(rope, what));
  if (kind == "linear" && factor != nullptr) {
    TERN_ASSIGN(const std::optional<double> stated, json_number(rope, "factor", what));
    TERN_ASSIGN(const double checked, number_in(stated, 1.0, kMaxRopeFactor, "factor", what));
    *factor = static_cast<float>(checked);
  } else if (kind != "default") {
    return fail(ErrorCode::kUnsupported, "{} of type {} is not supported", what, kind);
  }
  TERN_ASSIGN(const std::optional<double> base, json_number(rope, "rope_theta", what));
  if (!base) return {};
  TERN_ASSIGN(*theta, number_in(base, 1.0, kMaxRopeTheta, "rope_theta", what));
  return {};
}

/// transformers 4 has fields of their own for both kinds of layers, transformers 5 an object for each.
Status read_hf_rope(const Json& json, const std::string& what, ModelConfig& config) {
  TERN_ASSIGN(const std::optional<double> window_theta, json_number(json, "rope_local_base_freq", what));
  TERN_ASSIGN(config.window_rope_theta,
              number_in(window_theta.value_or(10000.0), 1.0, kMaxRopeTheta, "rope_local_base_freq", what));
  if (const Json* scaling = json_field(json, "rope_scaling"))
    TERN_TRY(read_rope(*scaling, what + ": rope_scaling", &config.rope_theta, &config.rope_factor));
  const Json* parameters = json_field(json, "rope_parameters");
  if (parameters == nullptr) return {};
  const std::string inner = what + ": rope_parameters";
  if (!parameters->is_object()) return fail(ErrorCode::kBadFile, "{} is not an object", inner);
  for (const auto& [name, rope] : parameters->items()) {
    const std::string part = fmt::format("{}.{}", inner, name);
    if (name == "full_attention") {
      TERN_TRY(read_rope(rope, part, &config.rope_theta, &config.rope_factor));
    } else if (name == "sliding_attention") {
      TERN_TRY(read_rope(rope, part, &config.window_rope_theta, nullptr));
    } else {
      return fail(ErrorCode::kUnsupported, "{} is not supported", part);
    }
  }
  return {};
}

}  // namespace

Result<ModelConfig> read_hf(const Json& json, const ConfigContext& context) {
  ModelConfig config = fresh_config();
  const std::string& what = context.what;
  config.norms_less_one = true;
  TERN_TRY(read_hf_dimensions(json, context, 1e6, config,
                              {"sliding_window", "layer_types", "rope_scaling", "rope_parameters"}));
  // What other architectures derive from the other sizes is a constant in transformers' class.
  for (const char* key : {"num_key_value_heads", "head_dim"}) {
    if (json_field(json, key) == nullptr)
      return fail(ErrorCode::kBadFile, "{}: field {} is missing", what, key);
  }
  TERN_ASSIGN(const std::optional<bool> both_ways, json_bool(json, "use_bidirectional_attention", what));
  if (both_ways.value_or(false))
    return fail(ErrorCode::kUnsupported, "{}: use_bidirectional_attention = true is not supported", what);
  TERN_TRY(read_hf_windows(json, what, config));
  TERN_TRY(read_hf_rope(json, what, config));
  TERN_ASSIGN(const std::optional<double> scalar, json_number(json, "query_pre_attn_scalar", what));
  TERN_ASSIGN(const double query_scalar,
              number_in(scalar.value_or(256.0), 1e-6, 1e6, "query_pre_attn_scalar", what));
  config.attention_scale = attention_scale(query_scalar);
  TERN_ASSIGN(std::optional<std::string> dtype, json_string(json, "dtype", what));
  if (!dtype) {
    TERN_ASSIGN(dtype, json_string(json, "torch_dtype", what));
  }
  config.embedding_scale = embedding_scale(config, dtype.value_or("float32"));
  TERN_ASSIGN(config.activation, read_hf_activation(json, "hidden_activation", Activation::kGeglu, context));
  return config;
}

Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture,
                              const ConfigContext& context) {
  ModelConfig config = fresh_config();
  const std::string &what = context.what, prefix = architecture + ".";
  TERN_TRY(read_gguf_dimensions(gguf, architecture, context, config,
                                {"attention.sliding_window", "rope.scaling.type", "rope.scaling.factor"}));
  const auto number = [&](const char* name) { return gguf.get_float(prefix + name); };
  TERN_ASSIGN(const std::optional<double> theta, number("rope.freq_base"));
  TERN_ASSIGN(config.rope_theta, number_in(theta, 1.0, kMaxRopeTheta, prefix + "rope.freq_base", what));
  TERN_ASSIGN(const std::optional<double> window_theta, number("rope.freq_base_swa"));
  TERN_ASSIGN(config.window_rope_theta, number_in(window_theta.value_or(10000.0), 1.0, kMaxRopeTheta,
                                                  prefix + "rope.freq_base_swa", what));
  const std::string scaling_key = prefix + "rope.scaling.type";
  TERN_ASSIGN(const std::optional<std::string> scaling, gguf.get_string(scaling_key));
  TERN_ASSIGN(const std::optional<double> factor, number("rope.scaling.factor"));
  const bool has_factor = factor.value_or(0.0) != 0.0;  // 0 is how some writers say "not set"
  if (scaling.value_or(has_factor ? "linear" : "none") == "linear") {
    TERN_ASSIGN(const double checked,
                number_in(factor, 1.0, kMaxRopeFactor, prefix + "rope.scaling.factor", what));
    config.rope_factor = static_cast<float>(checked);
  } else if (scaling.value_or("none") != "none") {
    return fail(ErrorCode::kUnsupported, "{}: {} = {} is not supported", what, scaling_key, *scaling);
  }
  // Without a window every layer sees all keys, and has the RoPE of those that do.
  const std::string window_key = prefix + "attention.sliding_window", pattern_key = window_key + "_pattern";
  TERN_ASSIGN(const std::optional<uint64_t> window, gguf.get_uint(window_key));
  if (window.value_or(0) != 0) {
    TERN_TRY(
        set_window(static_cast<int64_t>(std::min<uint64_t>(*window, INT64_MAX)), window_key, what, config));
    TERN_ASSIGN(const std::optional<uint64_t> pattern, gguf.get_uint(pattern_key));
    const uint64_t every = std::min<uint64_t>(pattern.value_or(kDefaultPattern), INT64_MAX);
    TERN_TRY(set_pattern(static_cast<int64_t>(every), pattern_key, what, config));
  }
  TERN_ASSIGN(config.attention_scale, gguf_attention_scale(config, prefix, what));
  // Nor has GGUF a field for the type that it was trained in, which was bfloat16 for all that were published.
  config.embedding_scale = embedding_scale(config, "bfloat16");
  TERN_ASSIGN(config.activation, read_gguf_activation(gguf, architecture, Activation::kGeglu, context));
  return config;
}

}  // namespace tern::gemma3
