// The numbers of a model: every field of either source is checked, and the message names it.
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

/// Reads config.json alone, without a model around it.
Result<ModelConfig> read_json(const Json& json, const OpenOptions& options = {},
                              std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> ignored;
  const ConfigContext context{"config.json", &options, warnings != nullptr ? warnings : &ignored};
  TERN_ASSIGN(const ArchInfo* arch, arch_from_hf(json["model_type"].get<std::string>(), "config.json"));
  return arch->read_hf(json, context);
}

struct BadField {
  const char* field;
  Json value;  ///< null: the field is removed
  ErrorCode code;
  const char* named;  ///< what the message must name
};

const BadField kBadHfFields[] = {
    {"hidden_size", nullptr, ErrorCode::kBadFile, "hidden_size is missing"},
    {"hidden_size", 0, ErrorCode::kBadFile, "hidden_size = 0"},
    {"hidden_size", -40, ErrorCode::kBadFile, "hidden_size = -40"},
    {"hidden_size", 131074, ErrorCode::kBadFile, "hidden_size"},
    {"hidden_size", "40", ErrorCode::kBadFile, "hidden_size"},
    {"hidden_size", 44, ErrorCode::kBadFile, "attn_sub_norm"},
    {"num_hidden_layers", nullptr, ErrorCode::kBadFile, "num_hidden_layers"},
    {"num_hidden_layers", 1025, ErrorCode::kBadFile, "num_hidden_layers"},
    {"num_attention_heads", nullptr, ErrorCode::kBadFile, "num_attention_heads"},
    {"num_attention_heads", 0, ErrorCode::kBadFile, "num_attention_heads"},
    {"num_key_value_heads", 3, ErrorCode::kBadFile, "num_key_value_heads"},
    {"num_key_value_heads", 8, ErrorCode::kBadFile, "num_key_value_heads"},
    {"num_key_value_heads", 1.5, ErrorCode::kBadFile, "num_key_value_heads"},
    {"head_dim", 9, ErrorCode::kBadFile, "head_dim"},
    {"head_dim", 1026, ErrorCode::kBadFile, "head_dim"},
    {"intermediate_size", nullptr, ErrorCode::kBadFile, "intermediate_size"},
    {"intermediate_size", 1e300, ErrorCode::kBadFile, "intermediate_size"},
    {"intermediate_size", 9223372036854775807, ErrorCode::kBadFile, "intermediate_size"},
    {"vocab_size", nullptr, ErrorCode::kBadFile, "vocab_size"},
    {"vocab_size", (1 << 21) + 1, ErrorCode::kBadFile, "vocab_size"},
    {"max_position_embeddings", nullptr, ErrorCode::kBadFile, "max_position_embeddings"},
    {"rms_norm_eps", nullptr, ErrorCode::kBadFile, "rms_norm_eps"},
    {"rms_norm_eps", -1e-5, ErrorCode::kBadFile, "rms_norm_eps"},
    {"rope_theta", 0, ErrorCode::kBadFile, "rope_theta"},
    {"rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}}, ErrorCode::kUnsupported, "llama3"},
    {"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}, ErrorCode::kUnsupported, "linear"},
    {"rope_scaling", {{"factor", 2.0}}, ErrorCode::kUnsupported, "rope_scaling"},
    {"rope_parameters", {{"rope_type", "yarn"}}, ErrorCode::kUnsupported, "yarn"},
    {"rope_parameters", {{"partial_rotary_factor", 0.5}}, ErrorCode::kUnsupported, "partial_rotary_factor"},
    {"rope_parameters",
     {{"full_attention", {{"rope_theta", 7.0}}}},
     ErrorCode::kUnsupported,
     "full_attention"},
    {"rope_parameters", {{"rope_theta", 7.0}}, ErrorCode::kBadFile, "rope_theta is"},
    {"partial_rotary_factor", 0.5, ErrorCode::kUnsupported, "partial_rotary_factor"},
    {"attention_bias", true, ErrorCode::kUnsupported, "attention_bias"},
    {"mlp_bias", true, ErrorCode::kUnsupported, "mlp_bias"},
    {"sliding_window", 512, ErrorCode::kUnsupported, "sliding_window"},
    {"residual_multiplier", 0.22, ErrorCode::kUnsupported, "residual_multiplier"},
    {"use_qk_norm", true, ErrorCode::kUnsupported, "use_qk_norm"},
    {"layer_types", {"full_attention", "sliding_attention"}, ErrorCode::kUnsupported, "sliding_attention"},
    {"no_rope_layers", {1, 0}, ErrorCode::kUnsupported, "no_rope_layers"},
    {"hidden_act", "silu", ErrorCode::kAmbiguous, "--activation"},
    {"hidden_act", "gelu", ErrorCode::kAmbiguous, "--activation"},
    {"bos_token_id", 53, ErrorCode::kBadFile, "bos_token_id"},
    {"eos_token_id", {2, -1}, ErrorCode::kBadFile, "eos_token_id"},
    {"eos_token_id", "2", ErrorCode::kBadFile, "eos_token_id"},
    {"eos_token_id", std::vector<int>(257, 2), ErrorCode::kBadFile, "257 entries"},
    {"model_type", "mamba", ErrorCode::kUnsupported, "bitnet,llama"},
};

TEST(HfConfig, EveryBadFieldIsNamed) {
  for (const BadField& bad : kBadHfFields) {
    Json json = hf_config(tiny_config("bitnet"), "packed");
    if (bad.value.is_null()) {
      json.erase(bad.field);
    } else {
      json[bad.field] = bad.value;
    }
    const Result<ModelConfig> config = read_json(json);
    ASSERT_FALSE(config) << bad.field << " = " << dump_json(bad.value);
    EXPECT_EQ(config.error().code(), bad.code) << config.error().message();
    EXPECT_NE(config.error().message().find(bad.named), std::string::npos) << config.error().message();
    EXPECT_NE(config.error().message().find("config.json"), std::string::npos) << config.error().message();
  }
}

TEST(HfConfig, ReadsEveryField) {
  const auto config = read_json(hf_config(tiny_config("bitnet"), "packed"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->arch, "bitnet");
  EXPECT_EQ(config->hidden, 40);
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->heads, 4);
  EXPECT_EQ(config->kv_heads, 2);
  EXPECT_EQ(config->head_dim, 10);
  EXPECT_EQ(config->ffn, 72);
  EXPECT_EQ(config->vocab, 53);
  EXPECT_EQ(config->max_positions, 256);
  EXPECT_EQ(config->rope_theta, 500000.0);
  EXPECT_EQ(config->rms_eps, 1e-5f);
  EXPECT_TRUE(config->tied_head);
  EXPECT_TRUE(config->sub_norms);
  EXPECT_EQ(config->activation, Activation::kRelu2);
  EXPECT_EQ(config->bos, 1);
  EXPECT_EQ(config->eos, (std::vector<int32_t>{2, 3}));
  EXPECT_FALSE(config->llama_rope_rows);
}

TEST(HfConfig, DefaultsFollowFromOtherFields) {
  Json json = hf_config(tiny_config("llama"), "dense");
  for (const char* key : {"num_key_value_heads", "head_dim", "rope_theta", "tie_word_embeddings",
                          "hidden_act", "bos_token_id", "eos_token_id"}) {
    json[key] = nullptr;
  }
  auto config = read_json(json);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->kv_heads, 4);
  EXPECT_EQ(config->head_dim, 10);
  EXPECT_EQ(config->rope_theta, 10000.0);
  EXPECT_FALSE(config->tied_head);
  EXPECT_EQ(config->activation, Activation::kSwiglu);
  EXPECT_EQ(config->bos, -1);
  EXPECT_TRUE(config->eos.empty());
  json["hidden_size"] = 42;  // 4 heads do not divide it
  EXPECT_NE(read_json(json).error().message().find("head_dim"), std::string::npos);
}

TEST(HfConfig, RopeOfTransformers5) {
  Json json = hf_config(tiny_config("bitnet"), "packed");
  json.erase("rope_theta");
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 1234.5}};
  json["rope_scaling"] = nullptr;
  auto config = read_json(json);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->rope_theta, 1234.5);
  json.erase("rope_parameters");
  EXPECT_EQ(read_json(json)->rope_theta, 500000.0);
}

TEST(HfConfig, ActivationOptionDecides) {
  Json json = hf_config(tiny_config("bitnet"), "packed");
  json["hidden_act"] = "silu";
  OpenOptions options;
  options.activation = "silu";
  EXPECT_EQ(read_json(json, options)->activation, Activation::kSwiglu);
  options.activation = "relu2";
  std::vector<std::string> warnings;
  EXPECT_EQ(read_json(json, options, &warnings)->activation, Activation::kRelu2);
  EXPECT_EQ(warnings.size(), 1u);
  options.activation = "gelu";
  EXPECT_EQ(read_json(json, options).error().code(), ErrorCode::kInvalidArgument);
  json.erase("hidden_act");
  warnings.clear();
  EXPECT_EQ(read_json(json, {}, &warnings)->activation, Activation::kRelu2);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("activation missing"), std::string::npos);
}

// ---- GGUF keys ----

class GgufConfig : public ::testing::TestWithParam<const char*> {
 protected:
  /// Reads the keys through a file with one tensor.
  Result<ModelConfig> read(const std::function<void(GgufKeys& keys, const std::string& prefix)>& edit,
                           std::vector<std::string>* warnings = nullptr) {
    const std::string name = GetParam();
    GgufKeys keys = gguf_keys(tiny_config(name == "llama" ? "llama" : "bitnet"), name);
    edit(keys, name + ".");
    const std::string path = folder_.file("model.gguf");
    write_gguf(path, keys,
               {{"token_embd.weight", {DType::kF32, {53, 40}, std::vector<uint8_t>(53 * 40 * 4)}}});
    TERN_ASSIGN(const auto gguf, Gguf::open(path));
    TERN_ASSIGN(const ArchInfo* arch, arch_from_gguf(name, path));
    std::vector<std::string> ignored;
    const OpenOptions options;
    return arch->read_gguf(*gguf, name, {path, &options, warnings != nullptr ? warnings : &ignored});
  }
  TempFolder folder_;
};

TEST_P(GgufConfig, ReadsEveryKey) {
  const auto config = read([](GgufKeys& keys, const std::string&) {
    keys.u32["tokenizer.ggml.bos_token_id"] = 1;
    keys.u32["tokenizer.ggml.eos_token_id"] = 2;
    keys.u32["tokenizer.ggml.eot_token_id"] = 3;
  });
  ASSERT_TRUE(config) << config.error().message();
  const bool llama = std::string_view(GetParam()) == "llama";
  EXPECT_EQ(config->arch, llama ? "llama" : "bitnet");
  EXPECT_EQ(config->hidden, 40);
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->heads, 4);
  EXPECT_EQ(config->kv_heads, 2);
  EXPECT_EQ(config->head_dim, 10);
  EXPECT_EQ(config->ffn, 72);
  EXPECT_EQ(config->vocab, 53);
  EXPECT_EQ(config->max_positions, 256);
  EXPECT_EQ(config->rope_theta, 500000.0);
  EXPECT_EQ(config->rms_eps, 1e-5f);
  EXPECT_TRUE(config->tied_head);
  EXPECT_EQ(config->llama_rope_rows, llama);
  EXPECT_EQ(config->bos, 1);
  EXPECT_EQ(config->eos, (std::vector<int32_t>{2, 3}));
}

TEST_P(GgufConfig, EveryMissingOrBadKeyIsNamed) {
  for (const char* key :
       {"embedding_length", "block_count", "attention.head_count", "feed_forward_length", "context_length"}) {
    const auto missing =
        read([&](GgufKeys& keys, const std::string& prefix) { keys.u32.erase(prefix + key); });
    ASSERT_FALSE(missing) << key;
    EXPECT_NE(missing.error().message().find(GetParam() + std::string(".") + key), std::string::npos);
    const auto zero = read([&](GgufKeys& keys, const std::string& prefix) { keys.u32[prefix + key] = 0; });
    ASSERT_FALSE(zero) << key;
    EXPECT_NE(zero.error().message().find(key), std::string::npos) << zero.error().message();
    const auto huge =
        read([&](GgufKeys& keys, const std::string& prefix) { keys.u32[prefix + key] = UINT32_MAX; });
    ASSERT_FALSE(huge) << key;
    EXPECT_NE(huge.error().message().find(key), std::string::npos) << huge.error().message();
  }
  const auto eps = read([](GgufKeys& keys, const std::string& prefix) {
    keys.f32.erase(prefix + "attention.layer_norm_rms_epsilon");
  });
  EXPECT_NE(eps.error().message().find("layer_norm_rms_epsilon"), std::string::npos);
  for (const char* key :
       {"rope.dimension_count", "attention.value_length", "expert_count", "attention.sliding_window",
        "attention.shared_kv_layers", "leading_dense_block_count", "nextn_predict_layers"}) {
    const auto other = read([&](GgufKeys& keys, const std::string& prefix) { keys.u32[prefix + key] = 6; });
    ASSERT_FALSE(other) << key;
    EXPECT_EQ(other.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(other.error().message().find(key), std::string::npos) << other.error().message();
  }
  const auto scaling = read(
      [](GgufKeys& keys, const std::string& prefix) { keys.text[prefix + "rope.scaling.type"] = "yarn"; });
  EXPECT_EQ(scaling.error().code(), ErrorCode::kUnsupported);
  for (const char* key : {"rope.scaling.factor", "rope.scale_linear", "rope.scaling.attn_factor",
                          "attention.scale", "attention.clamp_kqv", "attn_logit_softcapping",
                          "final_logit_softcapping", "logit_scale", "residual_scale", "embedding_scale"}) {
    const auto other =
        read([&](GgufKeys& keys, const std::string& prefix) { keys.f32[prefix + key] = 2.0f; });
    ASSERT_FALSE(other) << key;
    EXPECT_EQ(other.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(other.error().message().find(key), std::string::npos) << other.error().message();
  }
  EXPECT_TRUE(read([](GgufKeys& keys, const std::string& prefix) {
    keys.f32[prefix + "rope.scaling.factor"] = 2.0f;  // of a scaling that is switched off
    keys.text[prefix + "rope.scaling.type"] = "none";
  }));
  const auto eos =
      read([](GgufKeys& keys, const std::string&) { keys.u32["tokenizer.ggml.eos_token_id"] = 53; });
  EXPECT_NE(eos.error().message().find("eos_token_id"), std::string::npos);
}

TEST_P(GgufConfig, OptionalKeys) {
  const auto config = read([](GgufKeys& keys, const std::string& prefix) {
    for (const char* key : {"vocab_size", "attention.head_count_kv", "attention.key_length",
                            "attention.value_length", "rope.dimension_count"}) {
      keys.u32.erase(prefix + key);
    }
    keys.f32.erase(prefix + "rope.freq_base");
  });
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->vocab, 53);  // the embedding's rows
  EXPECT_EQ(config->kv_heads, 4);
  EXPECT_EQ(config->head_dim, 10);
  EXPECT_EQ(config->rope_theta, 10000.0);
}

TEST_P(GgufConfig, Activation) {
  const bool llama = std::string_view(GetParam()) == "llama";
  std::vector<std::string> warnings;
  const auto absent =
      read([](GgufKeys& keys, const std::string& prefix) { keys.text.erase(prefix + "hidden_activation"); },
           &warnings);
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->activation, llama ? Activation::kSwiglu : Activation::kRelu2);
  EXPECT_EQ(warnings.size(), llama ? 0u : 1u);
  const auto conflict = read([&](GgufKeys& keys, const std::string& prefix) {
    keys.text[prefix + "hidden_activation"] = llama ? "relu2" : "silu";
  });
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code(), ErrorCode::kAmbiguous);
  EXPECT_NE(conflict.error().message().find("--activation"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Names, GgufConfig, ::testing::Values("bitnet-b1.58", "bitnet-25", "bitnet", "llama"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
                           return name;
                         });

TEST(Archs, AreFoundByEveryName) {
  EXPECT_EQ(all_archs().size(), 5u);
  for (const ArchInfo& arch : all_archs()) {
    EXPECT_EQ((*arch_by_name(arch.name))->name, arch.name);
    EXPECT_EQ((*arch_from_hf(arch.hf_type, "f"))->name, arch.name);
  }
  for (const char* name : {"bitnet-b1.58", "bitnet-25", "bitnet"}) {
    EXPECT_EQ((*arch_from_gguf(name, "f"))->name, "bitnet");
  }
  for (const char* name : {"bitnet-", "", "bitnet-b1.58,bitnet-25", "qwen3"}) {
    const auto arch = arch_from_gguf(name, "f.gguf");
    ASSERT_FALSE(arch) << name;
    EXPECT_EQ(arch.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(arch.error().message().find("f.gguf"), std::string::npos);
  }
}

}  // namespace
}  // namespace tern
