#include "models/export_config.h"

#include <charconv>
#include <limits>

#include "base/check.h"
#include "models/arch.h"

namespace tern {
namespace {

/// The double that a person would write for this float: 1e-05, not 9.99999974738e-06. Reads back to the same
/// float.
double as_written(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  double result = 0;
  std::from_chars(text, end, result);
  return result;
}

std::string_view torch_name(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "float32";
    case DType::kF16:
      return "float16";
    default:
      TERN_CHECK(dtype == DType::kBF16);
      return "bfloat16";
  }
}

/// One end token as a number, as most files have it; several as a list.
Json eos_json(const ModelConfig& config) {
  if (config.eos.empty()) return nullptr;
  return config.eos.size() == 1 ? Json(config.eos[0]) : Json(config.eos);
}

Json bos_json(const ModelConfig& config) {
  return config.bos < 0 ? Json() : Json(config.bos);
}

Json quantization_config(const ModelConfig& config, bool packed) {
  // transformers would make a BitLinear of the head, too, unless it is told not to.
  Json not_converted = Json::array({kHeadModule});
  for (const std::string& module : config.dense_modules) not_converted.push_back(module);
  return {{"quant_method", "bitnet"},
          {"linear_class", config.scale_op == ScaleOp::kMultiply ? "autobitlinear" : "bitlinear"},
          {"quantization_mode", packed ? "offline" : "online"},
          {"modules_to_not_convert", std::move(not_converted)},
          {"use_rms_norm", config.linear_norms},
          {"rms_norm_eps", as_written(config.linear_norm_eps)}};
}

}  // namespace

Json hf_config(const ModelConfig& config, const HfConfigOptions& options) {
  TERN_CHECK(!(options.packed && options.master));
  const Result<const ArchInfo*> arch = arch_by_name(config.arch);
  TERN_CHECK(arch);
  Json json = {{"architectures", Json::array({(*arch)->hf_class})},
               {"model_type", (*arch)->hf_type},
               {"hidden_act", hidden_act_name(config.activation)},
               {"hidden_size", config.hidden},
               {"intermediate_size", config.ffn},
               {"num_hidden_layers", config.layers},
               {"num_attention_heads", config.heads},
               {"num_key_value_heads", config.kv_heads},
               {"head_dim", config.head_dim},
               {"vocab_size", config.vocab},
               {"max_position_embeddings", config.max_positions},
               {"rms_norm_eps", as_written(config.rms_eps)},
               {"tie_word_embeddings", config.tied_head},
               {"attention_bias", false},
               {"bos_token_id", bos_json(config)},
               {"eos_token_id", eos_json(config)}};
  // Each twice: transformers 4 reads the first, 5 the second.
  json["rope_theta"] = config.rope_theta;
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", config.rope_theta}};
  json["torch_dtype"] = torch_name(options.dtype);
  json["dtype"] = torch_name(options.dtype);
  if (options.packed || options.master)
    json["quantization_config"] = quantization_config(config, options.packed);
  return json;
}

Json hf_generation_config(const ModelConfig& config) {
  return {{"bos_token_id", bos_json(config)}, {"eos_token_id", eos_json(config)}};
}

Status add_gguf_config(GgufWriter& writer, const ModelConfig& config, std::string_view arch_name,
                       const std::string& name, uint32_t file_type) {
  if (config.linear_norms) {
    return fail(ErrorCode::kUnsupported,
                "GGUF has no tensor for the norms inside linears (use_rms_norm): keep the "
                "model in Hugging Face's format");
  }
  const auto theta = static_cast<float>(config.rope_theta);
  if (static_cast<double>(theta) != config.rope_theta) {
    return fail(ErrorCode::kUnsupported, "rope_theta {} is no float32, and GGUF has no other field for it",
                config.rope_theta);
  }
  writer.add_string("general.architecture", std::string(arch_name));
  writer.add_string("general.type", "model");
  writer.add_string("general.name", name);
  writer.add_u32("general.file_type", file_type);
  writer.add_u32("general.quantization_version", 2);
  const auto u32 = [&](std::string_view key, int64_t value) {
    writer.add_u32(fmt::format("{}.{}", arch_name, key), static_cast<uint32_t>(value));
  };
  u32("vocab_size", config.vocab);
  u32("context_length", config.max_positions);
  u32("embedding_length", config.hidden);
  u32("block_count", config.layers);
  u32("feed_forward_length", config.ffn);
  u32("rope.dimension_count", config.head_dim);
  u32("attention.head_count", config.heads);
  u32("attention.head_count_kv", config.kv_heads);
  u32("attention.key_length", config.head_dim);
  u32("attention.value_length", config.head_dim);
  writer.add_f32(fmt::format("{}.attention.layer_norm_rms_epsilon", arch_name), config.rms_eps);
  writer.add_f32(fmt::format("{}.rope.freq_base", arch_name), theta);
  writer.add_string(fmt::format("{}.hidden_activation", arch_name),
                    std::string(hidden_act_name(config.activation)));
  // The tokenizer's keys hold three end tokens at most, and its bos may be another than the model's.
  // "None" is said, too, or the tokenizer's would be taken.
  writer.add_value(kGgufBosKey, static_cast<int64_t>(config.bos));
  writer.add_i32s(kGgufEosKey, config.eos);
  return {};
}

}  // namespace tern
