#include "models/config_reader.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/model_file.h"

namespace tern {
namespace {

// in_features <= 131,072 keeps the integer sums of BitLinear exact as float32 (docs/numerics.md rule 4); the
// other limits keep every product of dimensions inside int64 and allocations sane.
constexpr int64_t kMaxFeatures = 131072;
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxHeads = 1024;
constexpr int64_t kMaxHeadDim = 1024;
constexpr int64_t kMaxVocab = int64_t{1} << 21;
constexpr int64_t kMaxPositions = int64_t{1} << 24;
constexpr size_t kMaxEos = 256;  // each is compared with all others; models have up to 5

struct Dimension {
  int64_t ModelConfig::*member;
  std::string_view hf_key;
  std::string_view gguf_key;  // after "{architecture}."
  int64_t max;
  bool required;
};

constexpr Dimension kDimensions[] = {
    {&ModelConfig::hidden, "hidden_size", "embedding_length", kMaxFeatures, true},
    {&ModelConfig::layers, "num_hidden_layers", "block_count", kMaxLayers, true},
    {&ModelConfig::heads, "num_attention_heads", "attention.head_count", kMaxHeads, true},
    {&ModelConfig::kv_heads, "num_key_value_heads", "attention.head_count_kv", kMaxHeads, false},
    {&ModelConfig::head_dim, "head_dim", "attention.key_length", kMaxHeadDim, false},
    {&ModelConfig::ffn, "intermediate_size", "feed_forward_length", kMaxFeatures, true},
    {&ModelConfig::max_positions, "max_position_embeddings", "context_length", kMaxPositions, true},
};

Status set_dimension(const Dimension& dimension, std::optional<int64_t> value, std::string_view key,
                     std::string_view what, ModelConfig& config) {
  if (!value) {
    if (!dimension.required) return {};
    return fail(ErrorCode::kBadFile, "{}: field {} is missing", what, key);
  }
  if (*value < 1 || *value > dimension.max) {
    return fail(ErrorCode::kBadFile, "{}: field {} = {} is outside 1 .. {}", what, key, *value,
                dimension.max);
  }
  config.*dimension.member = *value;
  return {};
}

/// Fills what follows from other fields and checks how they fit together; `heads_key` .. are the file's own
/// names.
Status finish_dimensions(std::string_view what, std::string_view heads_key, std::string_view kv_heads_key,
                         std::string_view head_dim_key, ModelConfig& config) {
  if (config.kv_heads == 0) config.kv_heads = config.heads;
  if (config.head_dim == 0) {
    if (config.hidden % config.heads != 0) {
      return fail(ErrorCode::kBadFile,
                  "{}: field {} = {} does not divide the hidden size {} and {} is missing", what, heads_key,
                  config.heads, config.hidden, head_dim_key);
    }
    config.head_dim = config.hidden / config.heads;
  }
  if (config.heads % config.kv_heads != 0) {
    return fail(ErrorCode::kBadFile, "{}: field {} = {} does not divide {} = {}", what, kv_heads_key,
                config.kv_heads, heads_key, config.heads);
  }
  if (config.head_dim % 2 != 0 || config.head_dim > kMaxHeadDim) {
    return fail(ErrorCode::kBadFile, "{}: head size {} (field {}) must be even and at most {}", what,
                config.head_dim, head_dim_key, kMaxHeadDim);
  }
  if (config.heads * config.head_dim > kMaxFeatures) {
    return fail(ErrorCode::kBadFile, "{}: {} heads of {} are more than {} features", what, config.heads,
                config.head_dim, kMaxFeatures);
  }
  config.attention_scale = 1.0f / std::sqrt(static_cast<float>(config.head_dim));
  if (config.sub_norms && config.heads * config.head_dim != config.hidden) {
    return fail(ErrorCode::kBadFile,
                "{}: {} heads of {} do not make the hidden size {} that attn_sub_norm needs", what,
                config.heads, config.head_dim, config.hidden);
  }
  return {};
}

bool owns(OwnFields own, std::string_view key) {
  return std::find(own.begin(), own.end(), key) != own.end();
}

Status set_eps(std::optional<double> value, std::string_view key, std::string_view what,
               ModelConfig& config) {
  TERN_ASSIGN(const double eps, number_in(value, 1e-12, 1.0, key, what));
  config.rms_eps = static_cast<float>(eps);
  return {};
}

Status reject_partial_rotary(const Json& json, std::string_view what) {
  TERN_ASSIGN(const std::optional<double> partial, json_number(json, "partial_rotary_factor", what));
  if (partial.value_or(1.0) == 1.0) return {};
  return fail(ErrorCode::kUnsupported, "{}: partial_rotary_factor {} is not supported", what, *partial);
}

/// RoPE of config.json: `rope_theta` and `rope_scaling` of transformers 4, `rope_parameters` of
/// transformers 5.
Status read_hf_rope(const Json& json, std::string_view what, double default_theta, OwnFields own,
                    ModelConfig& config) {
  TERN_ASSIGN(std::optional<double> theta, json_number(json, "rope_theta", what));
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const auto it = json.find(key);
    if (owns(own, key) || it == json.end() || it->is_null()) continue;
    if (!it->is_object()) return fail(ErrorCode::kBadFile, "{}: field {} is not an object", what, key);
    const std::string inner = fmt::format("{}: {}", what, key);
    TERN_ASSIGN(const std::string kind, rope_kind(*it, inner));
    if (kind != "default") {
      return fail(ErrorCode::kUnsupported, "{}: {} of type {} is not supported", what, key, kind);
    }
    for (const auto& [name, value] : it->items()) {
      if (value.is_object()) {
        return fail(ErrorCode::kUnsupported, "{}: {} that differ by layer ({}) are not supported", what, key,
                    name);
      }
    }
    TERN_ASSIGN(const std::optional<double> stated, json_number(*it, "rope_theta", inner));
    if (theta && stated && *theta != *stated) {
      return fail(ErrorCode::kBadFile, "{}: rope_theta is {} in one place and {} in {}", what, *theta,
                  *stated, key);
    }
    if (stated) theta = stated;
  }
  TERN_TRY(reject_partial_rotary(json, what));
  TERN_ASSIGN(config.rope_theta,
              number_in(theta.value_or(default_theta), 1.0, kMaxRopeTheta, "rope_theta", what));
  return {};
}

/// `value`, an id of special token `key`, is within the vocabulary.
Result<int32_t> token_id(int64_t value, std::string_view key, std::string_view what,
                         const ModelConfig& config) {
  if (value < 0 || value >= config.vocab) {
    return fail(ErrorCode::kBadFile, "{}: {} = {} is outside the vocabulary of {}", what, key, value,
                config.vocab);
  }
  return static_cast<int32_t>(value);
}

void add_eos(int32_t id, ModelConfig& config) {
  if (std::find(config.eos.begin(), config.eos.end(), id) == config.eos.end()) config.eos.push_back(id);
}

Result<std::optional<int64_t>> gguf_int(const Gguf& gguf, std::string_view key) {
  TERN_ASSIGN(const std::optional<uint64_t> value, gguf.get_uint(key));
  if (!value) return std::nullopt;
  return static_cast<int64_t>(std::min<uint64_t>(*value, INT64_MAX));
}

/// Factors of other models' arithmetic: unread, they would give wrong text. Without a rope.scaling.type, a
/// RoPE factor means linear scaling; with "none" it means nothing.
Status reject_gguf_factors(const Gguf& gguf, const std::string& prefix, const std::string& what,
                           OwnFields own, bool rope_scaling_stated) {
  struct Factor {
    const char* key;
    double neutral;
    bool of_rope_scaling = false;
  };
  constexpr Factor kFactors[] = {
      {"rope.scaling.factor", 1.0, true},
      {"rope.scale_linear", 1.0, true},
      {"rope.scaling.attn_factor", 1.0},
      {"attention.scale", 0.0},
      {"attention.clamp_kqv", 0.0},
      {"attn_logit_softcapping", 0.0},
      {"final_logit_softcapping", 0.0},
      {"logit_scale", 1.0},
      {"residual_scale", 1.0},
      {"embedding_scale", 1.0},
  };
  for (const Factor& factor : kFactors) {
    if (owns(own, factor.key) || (factor.of_rope_scaling && rope_scaling_stated)) continue;
    TERN_ASSIGN(const std::optional<double> value, gguf.get_float(prefix + factor.key));
    // 0 is how some writers say "not set" where 1 is neutral.
    if (value && *value != factor.neutral && *value != 0.0) {
      return fail(ErrorCode::kUnsupported, "{}: {}{} = {} is not supported", what, prefix, factor.key,
                  *value);
    }
  }
  return {};
}

Status reject_gguf_variants(const Gguf& gguf, const std::string& prefix, const std::string& what,
                            OwnFields own) {
  TERN_ASSIGN(const std::optional<std::string> scaling, gguf.get_string(prefix + "rope.scaling.type"));
  if (scaling.value_or("none") != "none" && !owns(own, "rope.scaling.type")) {
    return fail(ErrorCode::kUnsupported, "{}: {}rope.scaling.type = {} is not supported", what, prefix,
                *scaling);
  }
  TERN_TRY(reject_gguf_factors(gguf, prefix, what, own, scaling.has_value()));
  TERN_ASSIGN(const std::optional<bool> causal, gguf.get_bool(prefix + "attention.causal"));
  if (!causal.value_or(true)) {
    return fail(ErrorCode::kUnsupported, "{}: {}attention.causal = false is not supported", what, prefix);
  }
  TERN_ASSIGN(const std::optional<bool> parallel, gguf.get_bool(prefix + "use_parallel_residual"));
  if (parallel.value_or(false)) {
    return fail(ErrorCode::kUnsupported, "{}: {}use_parallel_residual = true is not supported", what, prefix);
  }
  if (gguf.metadata().contains(prefix + "rope.dimension_sections")) {
    return fail(ErrorCode::kUnsupported, "{}: {}rope.dimension_sections is not supported", what, prefix);
  }
  for (const char* key : {"expert_count", "attention.sliding_window", "attention.shared_kv_layers",
                          "leading_dense_block_count", "nextn_predict_layers"}) {
    if (owns(own, key)) continue;
    TERN_ASSIGN(const std::optional<uint64_t> value, gguf.get_uint(prefix + key));
    if (value.value_or(0) != 0) {
      return fail(ErrorCode::kUnsupported, "{}: {}{} = {} is not supported", what, prefix, key, *value);
    }
  }
  return {};
}

/// The vocabulary is a key of its own, or else as many tokens as the file lists, or rows as its embedding
/// has.
Status read_gguf_vocab(const Gguf& gguf, const std::string& prefix, const std::string& what,
                       ModelConfig& config) {
  std::string key = prefix + "vocab_size";
  TERN_ASSIGN(std::optional<int64_t> vocab, gguf_int(gguf, key));
  const TensorEntry* embedding = gguf.find("token_embd.weight");
  if (!vocab && embedding != nullptr && embedding->shape.size() == 2) {
    vocab = static_cast<int64_t>(std::min<uint64_t>(embedding->shape[0], INT64_MAX));
    key = "token_embd.weight rows";
  }
  return set_dimension({&ModelConfig::vocab, "", "", kMaxVocab, true}, vocab, key, what, config);
}

/// The model's own bos wins over the tokenizer's, where a file that Tern wrote has both.
Status read_gguf_bos(const Gguf& gguf, const std::string& what, ModelConfig& config) {
  const auto own = gguf.metadata().find(kGgufBosKey);
  const auto* const none = own == gguf.metadata().end() ? nullptr : std::get_if<int64_t>(&own->second);
  if (none != nullptr && *none == -1) return {};
  for (const char* key : {kGgufBosKey, "tokenizer.ggml.bos_token_id"}) {
    TERN_ASSIGN(const std::optional<int64_t> value, gguf_int(gguf, key));
    if (!value) continue;
    TERN_ASSIGN(config.bos, token_id(*value, key, what, config));
    return {};
  }
  return {};
}

/// The whole list, or else the three that other engines' keys can name.
Status read_gguf_eos(const Gguf& gguf, const std::string& what, ModelConfig& config) {
  const auto add = [&](int64_t value, std::string_view key) -> Status {
    TERN_ASSIGN(const int32_t id, token_id(value, key, what, config));
    add_eos(id, config);
    return {};
  };
  TERN_ASSIGN(const auto all, gguf.get_ints(kGgufEosKey));
  if (all) {
    if (all->size() > kMaxEos) {
      return fail(ErrorCode::kBadFile, "{}: {} has {} ids, more than the {} that a model can need", what,
                  kGgufEosKey, all->size(), kMaxEos);
    }
    for (const int64_t value : *all) TERN_TRY(add(value, kGgufEosKey));
    return {};
  }
  for (const char* name : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    const std::string key = fmt::format("tokenizer.ggml.{}", name);
    TERN_ASSIGN(const std::optional<int64_t> value, gguf_int(gguf, key));
    if (value) TERN_TRY(add(*value, key));
  }
  return {};
}

/// Fields of other models' arithmetic: unread, they would give wrong text. Null, false, 0, 1 and empty mean
/// "not so" in all of them.
Status reject_hf_variants(const Json& json, std::string_view what, OwnFields own) {
  for (const char* key : {"attention_bias", "mlp_bias", "qkv_bias", "qk_norm", "use_qk_norm",
                          "sliding_window", "attention_multiplier", "residual_multiplier",
                          "embedding_multiplier", "logits_scaling", "logit_scale", "attn_logit_softcapping",
                          "final_logit_softcapping", "no_rope_layers", "num_local_experts", "num_experts"}) {
    const auto it = json.find(key);
    if (owns(own, key) || it == json.end() || it->is_null() || it->empty()) continue;
    if (it->is_boolean() && !it->get<bool>()) continue;
    if (it->is_number() && (it->get<double>() == 0.0 || it->get<double>() == 1.0)) continue;
    return fail(ErrorCode::kUnsupported, "{}: {} = {} is not supported", what, key, dump_json(*it));
  }
  const auto layer_types = json.find("layer_types");
  if (layer_types == json.end() || owns(own, "layer_types")) return {};
  for (const Json& type : *layer_types) {
    if (type != "full_attention") {
      return fail(ErrorCode::kUnsupported, "{}: layer_types with {} are not supported", what,
                  dump_json(type));
    }
  }
  return {};
}

/// `stated`: the value of `key`, or nothing.
Result<Activation> resolve_activation(const std::optional<std::string>& stated, std::string_view key,
                                      Activation expected, const ConfigContext& context) {
  const std::string_view expected_name = hidden_act_name(expected);
  if (const std::optional<std::string>& option = context.options->activation) {
    constexpr std::array kAll = {Activation::kRelu2, Activation::kSwiglu, Activation::kGeglu};
    const auto named =
        std::find_if(kAll.begin(), kAll.end(), [&](Activation a) { return hidden_act_name(a) == *option; });
    if (named == kAll.end()) {
      return fail(ErrorCode::kInvalidArgument, "--activation {}: must be relu2, silu or gelu_pytorch_tanh",
                  *option);
    }
    if (*option != stated.value_or(std::string(expected_name))) {
      context.warnings->push_back(fmt::format("--activation {} overrides {} of the file", *option,
                                              stated ? fmt::format("{} = {}", key, *stated) : "the default"));
    }
    return *named;
  }
  if (stated && *stated != expected_name) {
    return fail(ErrorCode::kAmbiguous,
                "{}: field {} = {}, but this architecture is trained with {}: say which with --activation",
                context.what, key, *stated, expected_name);
  }
  if (!stated && expected == Activation::kRelu2) {
    context.warnings->push_back(fmt::format("activation missing: {} is absent, relu2 is used", key));
  }
  return expected;
}

}  // namespace

Result<double> number_in(std::optional<double> value, double low, double high, std::string_view key,
                         std::string_view what) {
  if (!value) return fail(ErrorCode::kBadFile, "{}: field {} is missing", what, key);
  if (!(*value >= low && *value <= high)) {
    return fail(ErrorCode::kBadFile, "{}: field {} = {} is outside {} .. {}", what, key, *value, low, high);
  }
  return *value;
}

Result<std::string> rope_kind(const Json& rope, std::string_view what) {
  TERN_TRY(reject_partial_rotary(rope, what));
  for (const char* key : {"rope_type", "type"}) {
    TERN_ASSIGN(const std::optional<std::string> type, json_string(rope, key, what));
    if (type) return *type;
  }
  return rope.contains("factor") ? "(none)" : "default";
}

Status read_hf_dimensions(const Json& json, const ConfigContext& context, double default_theta,
                          ModelConfig& config, OwnFields own) {
  const std::string& what = context.what;
  for (const Dimension& dimension : kDimensions) {
    TERN_ASSIGN(const std::optional<int64_t> value, json_int(json, dimension.hf_key, what));
    TERN_TRY(set_dimension(dimension, value, dimension.hf_key, what, config));
  }
  TERN_ASSIGN(const std::optional<int64_t> vocab, json_int(json, "vocab_size", what));
  TERN_TRY(set_dimension({&ModelConfig::vocab, "", "", kMaxVocab, true}, vocab, "vocab_size", what, config));
  TERN_TRY(finish_dimensions(what, "num_attention_heads", "num_key_value_heads", "head_dim", config));
  TERN_ASSIGN(const std::optional<double> eps, json_number(json, "rms_norm_eps", what));
  TERN_TRY(set_eps(eps, "rms_norm_eps", what, config));
  TERN_TRY(read_hf_rope(json, what, default_theta, own, config));
  TERN_TRY(reject_hf_variants(json, what, own));
  TERN_ASSIGN(const std::optional<bool> tied, json_bool(json, "tie_word_embeddings", what));
  config.tied_head = tied.value_or(config.tied_head);
  TERN_ASSIGN(const std::optional<int64_t> bos, json_int(json, "bos_token_id", what));
  if (bos) {
    TERN_ASSIGN(config.bos, token_id(*bos, "bos_token_id", what, config));
  }
  const auto eos = json.find("eos_token_id");
  return eos == json.end() ? Status() : add_hf_eos(*eos, what, config);
}

Status read_gguf_dimensions(const Gguf& gguf, const std::string& architecture, const ConfigContext& context,
                            ModelConfig& config, OwnFields own) {
  const std::string& what = context.what;
  const std::string prefix = architecture + ".";
  for (const Dimension& dimension : kDimensions) {
    const std::string key = prefix + std::string(dimension.gguf_key);
    TERN_ASSIGN(const std::optional<int64_t> value, gguf_int(gguf, key));
    TERN_TRY(set_dimension(dimension, value, key, what, config));
  }
  TERN_TRY(read_gguf_vocab(gguf, prefix, what, config));
  TERN_TRY(finish_dimensions(what, prefix + "attention.head_count", prefix + "attention.head_count_kv",
                             prefix + "attention.key_length", config));
  for (const char* key : {"rope.dimension_count", "attention.value_length"}) {
    TERN_ASSIGN(const std::optional<int64_t> value, gguf_int(gguf, prefix + key));
    if (value.value_or(config.head_dim) != config.head_dim) {
      return fail(ErrorCode::kUnsupported, "{}: {}{} = {} differs from the head size {}", what, prefix, key,
                  *value, config.head_dim);
    }
  }
  const std::string eps_key = prefix + "attention.layer_norm_rms_epsilon";
  TERN_ASSIGN(const std::optional<double> eps, gguf.get_float(eps_key));
  TERN_TRY(set_eps(eps, eps_key, what, config));
  const std::string theta_key = prefix + "rope.freq_base";
  TERN_ASSIGN(const std::optional<double> theta, gguf.get_float(theta_key));
  TERN_ASSIGN(config.rope_theta, number_in(theta.value_or(10000.0), 1.0, kMaxRopeTheta, theta_key, what));
  TERN_TRY(reject_gguf_variants(gguf, prefix, what, own));
  config.tied_head = gguf.find("output.weight") == nullptr;

  TERN_TRY(read_gguf_bos(gguf, what, config));
  return read_gguf_eos(gguf, what, config);
}

Result<Activation> read_hf_activation(const Json& json, const char* key, Activation expected,
                                      const ConfigContext& context) {
  TERN_ASSIGN(const std::optional<std::string> stated, json_string(json, key, context.what));
  return resolve_activation(stated, key, expected, context);
}

Result<Activation> read_gguf_activation(const Gguf& gguf, const std::string& architecture,
                                        Activation expected, const ConfigContext& context) {
  const std::string key = architecture + ".hidden_activation";
  TERN_ASSIGN(const std::optional<std::string> stated, gguf.get_string(key));
  return resolve_activation(stated, key, expected, context);
}

Status add_hf_eos(const Json& value, std::string_view what, ModelConfig& config) {
  if (value.is_null()) return {};
  const Json list = value.is_array() ? value : Json::array({value});
  if (list.size() > kMaxEos) {
    return fail(ErrorCode::kBadFile, "{}: eos_token_id has {} entries, more than {}", what, list.size(),
                kMaxEos);
  }
  for (const Json& item : list) {
    const int64_t id = item.is_number_integer() ? item.get<int64_t>() : -1;
    TERN_ASSIGN(const int32_t checked, token_id(id, "eos_token_id", what, config));
    add_eos(checked, config);
  }
  return {};
}

}  // namespace tern
