// What Qwen2, Gemma 3 and MiniCPM have and Llama has not: fields, keys and tensors, read and refused.
#include <cmath>

#include "base/memory_file.h"
#include "models/gguf_seeds.h"
#include "models/tiny_model.h"
#include "models/try_model.h"

namespace tern {
namespace {

using namespace testing;

Result<ModelConfig> read_json(const Json& json) {
  std::vector<std::string> ignored;
  const OpenOptions options;
  TERN_ASSIGN(const ArchInfo* arch, arch_from_hf(json["model_type"].get<std::string>(), "config.json"));
  return arch->read_hf(json, {"config.json", &options, &ignored});
}

/// config.json of a golden model, which transformers has read.
Json golden_config(const std::string& name) {
  const auto json = parse_json(read_file(golden("models/" + name + "/config.json")), name);
  EXPECT_TRUE(json);
  return json ? *json : Json();
}

struct BadField {
  const char* model;
  const char* field;
  Json value;  ///< null: the field is removed
  ErrorCode code;
  const char* named;  ///< what the message must name
};

const BadField kBadFields[] = {
    {"qwen2_bf16", "use_sliding_window", true, ErrorCode::kUnsupported, "use_sliding_window"},
    {"qwen2_bf16", "use_sliding_window", 1, ErrorCode::kBadFile, "use_sliding_window"},
    {"qwen2_bf16", "layer_types", {"sliding_attention"}, ErrorCode::kUnsupported, "sliding_attention"},
    {"qwen2_bf16", "rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}, ErrorCode::kUnsupported, "yarn"},
    {"gemma3_bf16", "sliding_window", nullptr, ErrorCode::kBadFile, "sliding_window is missing"},
    {"gemma3_bf16", "sliding_window", 0, ErrorCode::kBadFile, "sliding_window = 0"},
    {"gemma3_bf16", "sliding_window", (1 << 24) + 1, ErrorCode::kBadFile, "sliding_window"},
    {"gemma3_bf16", "sliding_window_pattern", 0, ErrorCode::kBadFile, "sliding_window_pattern = 0"},
    {"gemma3_bf16", "sliding_window_pattern", -6, ErrorCode::kBadFile, "sliding_window_pattern"},
    {"gemma3_bf16", "sliding_window_pattern", 1e300, ErrorCode::kBadFile, "sliding_window_pattern"},
    {"gemma3_bf16", "layer_types", {"full_attention"}, ErrorCode::kBadFile, "3 types"},
    {"gemma3_bf16", "layer_types", "full", ErrorCode::kBadFile, "layer_types"},
    {"gemma3_bf16", "layer_types", {"a", "b", "c"}, ErrorCode::kUnsupported, "\"a\""},
    {"gemma3_bf16", "rope_local_base_freq", 0.5, ErrorCode::kBadFile, "rope_local_base_freq"},
    {"gemma3_bf16", "rope_scaling", {{"rope_type", "yarn"}, {"factor", 8}}, ErrorCode::kUnsupported, "yarn"},
    {"gemma3_bf16", "rope_scaling", {{"rope_type", "linear"}}, ErrorCode::kBadFile, "factor is missing"},
    {"gemma3_bf16", "rope_scaling", {{"rope_type", "linear"}, {"factor", 0}}, ErrorCode::kBadFile, "factor"},
    {"gemma3_bf16", "rope_scaling", {{"factor", 8}}, ErrorCode::kUnsupported, "rope_scaling"},
    {"gemma3_bf16", "rope_scaling", 8, ErrorCode::kBadFile, "rope_scaling"},
    {"gemma3_bf16", "rope_parameters", {{"rope_theta", 1e6}}, ErrorCode::kUnsupported, "rope_theta"},
    {"gemma3_bf16", "rope_parameters", {{"other", {{"rope_theta", 1e6}}}}, ErrorCode::kUnsupported, "other"},
    {"gemma3_bf16",
     "rope_parameters",
     {{"sliding_attention", {{"rope_type", "linear"}, {"factor", 8}}}},
     ErrorCode::kUnsupported,
     "sliding_attention"},
    {"gemma3_bf16", "query_pre_attn_scalar", 0, ErrorCode::kBadFile, "query_pre_attn_scalar"},
    {"gemma3_bf16", "use_bidirectional_attention", true, ErrorCode::kUnsupported, "use_bidirectional"},
    {"gemma3_bf16", "final_logit_softcapping", 30.0, ErrorCode::kUnsupported, "final_logit_softcapping"},
    {"gemma3_bf16", "hidden_activation", "silu", ErrorCode::kAmbiguous, "hidden_activation"},
    {"gemma3_bf16", "head_dim", nullptr, ErrorCode::kBadFile, "head_dim"},
    {"gemma3_bf16", "num_key_value_heads", nullptr, ErrorCode::kBadFile, "num_key_value_heads"},
    {"minicpm_bf16", "scale_emb", nullptr, ErrorCode::kBadFile, "scale_emb is missing"},
    {"minicpm_bf16", "scale_depth", 0, ErrorCode::kBadFile, "scale_depth"},
    {"minicpm_bf16", "dim_model_base", 1e300, ErrorCode::kBadFile, "dim_model_base"},
    {"minicpm_bf16", "dim_model_base", "256", ErrorCode::kBadFile, "dim_model_base"},
    {"minicpm_bf16", "sparse_config", {{"kernel_size", 32}}, ErrorCode::kUnsupported, "sparse_config"},
    {"minicpm_bf16", "rope_scaling", {{"rope_type", "longrope"}}, ErrorCode::kUnsupported, "longrope"},
};

TEST(ArchsHfConfig, EveryBadFieldIsNamed) {
  for (const BadField& bad : kBadFields) {
    Json json = golden_config(bad.model);
    if (bad.value.is_null()) {
      json.erase(bad.field);
    } else {
      json[bad.field] = bad.value;
    }
    const Result<ModelConfig> config = read_json(json);
    ASSERT_FALSE(config) << bad.model << ": " << bad.field << " = " << dump_json(bad.value);
    EXPECT_EQ(config.error().code(), bad.code) << config.error().message();
    EXPECT_NE(config.error().message().find(bad.named), std::string::npos) << config.error().message();
    EXPECT_NE(config.error().message().find("config.json"), std::string::npos) << config.error().message();
  }
}

TEST(ArchsHfConfig, Qwen2) {
  const auto config = read_json(golden_config("qwen2_bf16"));
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->arch, "qwen2");
  EXPECT_TRUE(config->qkv_bias);
  EXPECT_TRUE(config->tied_head);
  EXPECT_TRUE(config->windowed_layers.empty());
  EXPECT_EQ(config->rope_theta, 1e6);
  EXPECT_EQ(config->activation, Activation::kSwiglu);
  EXPECT_EQ(config->attention_scale, 1 / std::sqrt(10.0f));
}

TEST(ArchsHfConfig, Gemma3) {
  Json json = golden_config("gemma3_bf16");
  auto config = read_json(json);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->arch, "gemma3");
  EXPECT_EQ(config->head_dim, 12);
  EXPECT_EQ(config->window, 16);
  EXPECT_EQ(config->windowed_layers, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(config->window_of(0), 16);
  EXPECT_EQ(config->window_of(2), 0);
  EXPECT_EQ(config->rope_theta, 1e6);
  EXPECT_EQ(config->rope_factor, 8.0f);
  EXPECT_EQ(config->window_rope_theta, 10000.0);
  EXPECT_EQ(config->attention_scale, static_cast<float>(1 / std::sqrt(20.0)));
  EXPECT_EQ(config->embedding_scale, 6.3125f);  // sqrt(40) as bfloat16
  EXPECT_EQ(config->activation, Activation::kGeglu);
  EXPECT_TRUE(config->norms_less_one);
  json["torch_dtype"] = "float32";
  EXPECT_EQ(read_json(json)->embedding_scale, static_cast<float>(std::sqrt(40.0)));
  json.erase("tie_word_embeddings");
  EXPECT_TRUE(read_json(json)->tied_head);
  json.erase("sliding_window_pattern");
  EXPECT_EQ(read_json(json)->windowed_layers, (std::vector<bool>{true, true, true}));  // of six, the last
}

TEST(ArchsHfConfig, Gemma3OfTransformers5) {
  Json json = golden_config("gemma3_f32");
  json["rope_parameters"] = {
      {"full_attention", {{"rope_type", "linear"}, {"factor", 4}, {"rope_theta", 5e5}}},
      {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 2e4}}}};
  const auto config = read_json(json);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->windowed_layers, (std::vector<bool>{false, true}));
  EXPECT_EQ(config->rope_theta, 5e5);
  EXPECT_EQ(config->rope_factor, 4.0f);
  EXPECT_EQ(config->window_rope_theta, 2e4);
}

TEST(ArchsHfConfig, Minicpm) {
  Json json = golden_config("minicpm_bf16");
  const auto config = read_json(json);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->embedding_scale, 3.0f);
  EXPECT_EQ(config->residual_scale, static_cast<float>(1.4 / std::sqrt(2.0)));
  EXPECT_EQ(config->logit_divisor, 2.5f);
  EXPECT_FALSE(config->llama_rope_rows);
  json.erase("tie_word_embeddings");
  EXPECT_TRUE(read_json(json)->tied_head);
}

// ---- GGUF keys ----

Result<ModelConfig> read_keys(const std::string& architecture,
                              const std::function<void(GgufKeys& keys)>& edit) {
  TempFolder folder;
  GgufKeys keys = gguf_keys(tiny_config(architecture), architecture);
  if (architecture == "gemma3") keys.u32["gemma3.attention.sliding_window"] = 512;
  if (architecture == "minicpm") {
    for (const char* key : {"embedding_scale", "residual_scale", "logit_scale"})
      keys.f32[std::string("minicpm.") + key] = 2.0f;
  }
  edit(keys);
  const std::string path = folder.file("model.gguf");
  write_gguf(path, keys, {{"token_embd.weight", {DType::kF32, {53, 40}, std::vector<uint8_t>(53 * 40 * 4)}}});
  TERN_ASSIGN(const auto gguf, Gguf::open(path));
  TERN_ASSIGN(const ArchInfo* arch, arch_from_gguf(architecture, path));
  std::vector<std::string> ignored;
  const OpenOptions options;
  return arch->read_gguf(*gguf, architecture, {path, &options, &ignored});
}

void expect_refused(const Result<ModelConfig>& config, ErrorCode code, const std::string& key) {
  ASSERT_FALSE(config) << key;
  EXPECT_EQ(config.error().code(), code) << config.error().message();
  EXPECT_NE(config.error().message().find(key), std::string::npos) << config.error().message();
}

TEST(ArchsGgufConfig, Qwen2) {
  const auto config = read_keys("qwen2", [](GgufKeys&) {});
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(config->qkv_bias);
  EXPECT_FALSE(config->llama_rope_rows);
  const std::string window = "qwen2.attention.sliding_window";
  expect_refused(read_keys("qwen2", [&](GgufKeys& keys) { keys.u32[window] = 16; }), ErrorCode::kUnsupported,
                 window);
}

TEST(ArchsGgufConfig, Gemma3) {
  auto config = read_keys("gemma3", [](GgufKeys& keys) {
    keys.u32["gemma3.block_count"] = 13;
    keys.text["gemma3.rope.scaling.type"] = "linear";
    keys.f32["gemma3.rope.scaling.factor"] = 8.0f;
    keys.u32["gemma3.mm.tokens_per_image"] = 256;
  });
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->window, 512);
  ASSERT_EQ(config->windowed_layers.size(), 13u);
  for (int64_t l = 0; l < 13; ++l) EXPECT_EQ(config->windowed(l), l != 5 && l != 11) << l;
  EXPECT_EQ(config->rope_factor, 8.0f);
  EXPECT_EQ(config->window_rope_theta, 10000.0);
  EXPECT_EQ(config->attention_scale, static_cast<float>(1 / std::sqrt(10.0)));
  EXPECT_EQ(config->embedding_scale, 6.3125f);
  EXPECT_FALSE(config->norms_less_one);
  EXPECT_FALSE(config->llama_rope_rows);

  config = read_keys("gemma3", [](GgufKeys& keys) {  // the 27B model's scale is not that of its head size
    keys.u32["gemma3.block_count"] = 62;
    keys.u32["gemma3.attention.head_count"] = 2;
    keys.u32["gemma3.attention.key_length"] = keys.u32["gemma3.attention.value_length"] = 16;
    keys.u32["gemma3.rope.dimension_count"] = 16;
  });
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->attention_scale, static_cast<float>(1 / std::sqrt(20.0)));

  config = read_keys("gemma3", [](GgufKeys& keys) { keys.u32["gemma3.attention.sliding_window"] = 0; });
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(config->windowed_layers.empty());
}

TEST(ArchsGgufConfig, Gemma3RefusesBadKeys) {
  const auto with = [](const std::function<void(GgufKeys&)>& edit) { return read_keys("gemma3", edit); };
  expect_refused(with([](GgufKeys& keys) { keys.f32.erase("gemma3.rope.freq_base"); }), ErrorCode::kBadFile,
                 "gemma3.rope.freq_base");
  expect_refused(with([](GgufKeys& keys) { keys.u32["gemma3.attention.sliding_window"] = UINT32_MAX; }),
                 ErrorCode::kBadFile, "gemma3.attention.sliding_window");
  expect_refused(with([](GgufKeys& keys) { keys.u32["gemma3.attention.sliding_window_pattern"] = 0; }),
                 ErrorCode::kBadFile, "sliding_window_pattern");
  expect_refused(with([](GgufKeys& keys) { keys.text["gemma3.rope.scaling.type"] = "yarn"; }),
                 ErrorCode::kUnsupported, "gemma3.rope.scaling.type");
  expect_refused(with([](GgufKeys& keys) { keys.text["gemma3.rope.scaling.type"] = "linear"; }),
                 ErrorCode::kBadFile, "gemma3.rope.scaling.factor");
  expect_refused(with([](GgufKeys& keys) { keys.f32["gemma3.rope.scaling.factor"] = -1.0f; }),
                 ErrorCode::kBadFile, "gemma3.rope.scaling.factor");
  expect_refused(with([](GgufKeys& keys) { keys.f32["gemma3.final_logit_softcapping"] = 30.0f; }),
                 ErrorCode::kUnsupported, "final_logit_softcapping");
  // The 27B model is told by its layers: its scores are scaled by hidden size / heads.
  expect_refused(with([](GgufKeys& keys) {
                   keys.u32["gemma3.block_count"] = 62;
                   keys.u32["gemma3.attention.head_count"] = 64;
                 }),
                 ErrorCode::kBadFile, "gemma3.attention.head_count = 64");
}

TEST(ArchsGgufConfig, AFactorOfZeroIsNotSet) {
  const auto config =
      read_keys("gemma3", [](GgufKeys& keys) { keys.f32["gemma3.rope.scaling.factor"] = 0.0f; });
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->rope_factor, 1.0f);
}

TEST(ArchsGgufConfig, Minicpm) {
  const auto config = read_keys("minicpm", [](GgufKeys& keys) { keys.f32["minicpm.logit_scale"] = 9.0f; });
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(config->llama_rope_rows);
  EXPECT_EQ(config->embedding_scale, 2.0f);
  EXPECT_EQ(config->residual_scale, 2.0f);
  EXPECT_EQ(config->logit_divisor, 9.0f);
  for (const std::string key : {"minicpm.embedding_scale", "minicpm.residual_scale", "minicpm.logit_scale"}) {
    expect_refused(read_keys("minicpm", [&](GgufKeys& keys) { keys.f32.erase(key); }), ErrorCode::kBadFile,
                   key);
    for (const float bad : {0.0f, -1.0f, INFINITY, std::nanf("")})
      expect_refused(read_keys("minicpm", [&](GgufKeys& keys) { keys.f32[key] = bad; }), ErrorCode::kBadFile,
                     key);
  }
}

// Numbers at their borders, key by key: the model runs, or an error says why not.
TEST(ArchsGgufConfig, HostileNumbersNeverCrash) {
  const auto bytes_of = [](auto... values) { return std::vector<std::string>{number_bytes(values)...}; };
  const std::vector<std::string> integers =
                                     bytes_of(0u, 1u, 2u, 3u, 41u, 1024u, 1u << 24, 1u << 31, UINT32_MAX),
                                 floats = bytes_of(0.0f, -1.0f, 1e-30f, 0.5f, 1e30f, INFINITY, std::nanf(""));
  size_t ran = 0, refused = 0;
  for (const std::string arch : {"qwen2", "gemma3", "minicpm"}) {
    GgufImage good = gguf_image(tiny_config(arch), arch, DType::kF32, DType::kF32);
    const auto add = [&](const char* key, GgufType type, const std::string& value) {
      good.metadata.push_back({arch + "." + key, gguf_type(type), {value}});
    };
    if (arch == "gemma3") {
      add("attention.sliding_window", GgufType::kU32, number_bytes(16u));
      add("attention.sliding_window_pattern", GgufType::kU32, number_bytes(2u));
      add("rope.freq_base_swa", GgufType::kF32, number_bytes(1e4f));
      add("rope.scaling.factor", GgufType::kF32, number_bytes(8.0f));
    } else if (arch == "minicpm") {
      for (const char* key : {"embedding_scale", "residual_scale", "logit_scale"})
        add(key, GgufType::kF32, number_bytes(2.0f));
    }
    for (size_t i = 0; i < good.metadata.size(); ++i) {
      if (good.metadata[i].type == gguf_type(GgufType::kString)) continue;
      const bool integer = good.metadata[i].type == gguf_type(GgufType::kU32);
      for (const std::string& value : integer ? integers : floats) {
        GgufImage image = good;
        image.metadata[i].items = {value};
        MemoryFile file;
        file.set(image.serialize());
        (try_model(file.path()) ? refused : ran) += 1;
      }
    }
    MemoryFile file;
    file.set(good.serialize());
    const auto error = try_model(file.path());
    EXPECT_FALSE(error) << arch << ": " << error->message();
  }
  EXPECT_GT(ran, 20u);
  EXPECT_GT(refused, 100u);
}

// ---- Tensors ----

TEST(ArchsTensors, ATableIsComplete) {
  for (const char* arch : {"qwen2", "gemma3", "minicpm"}) {
    TempFolder folder;
    const TinyModel tiny = make_tiny(tiny_config(arch), 3);
    const RawTensors all = hf_tensors(tiny, false);
    for (const auto& [name, tensor] : all) {
      if (!name.starts_with("model.layers.1.")) continue;
      RawTensors some = all;
      some.erase(name);
      write_hf(folder.path(), hf_config(tiny.config, "dense"), some);
      const auto file = ModelFile::open(folder.path(), {});
      ASSERT_FALSE(file) << name;
      EXPECT_NE(file.error().message().find(name), std::string::npos) << file.error().message();
      some = all;
      some[name].shape.back() -= 1;
      some[name].bytes.resize(some[name].bytes.size() / tensor.shape.back() * some[name].shape.back());
      write_hf(folder.path(), hf_config(tiny.config, "dense"), some);
      const auto misshaped = ModelFile::open(folder.path(), {});
      ASSERT_FALSE(misshaped) << name;
      EXPECT_NE(misshaped.error().message().find(name), std::string::npos) << misshaped.error().message();
    }
  }
}

TEST(ArchsTensors, ANonFiniteBiasOrNormIsNamed) {
  ASSERT_TRUE(init_kernels());
  for (const auto& [arch, name] : {std::pair("qwen2", "model.layers.1.self_attn.k_proj.bias"),
                                   std::pair("gemma3", "model.layers.1.self_attn.q_norm.weight")}) {
    TempFolder folder;
    TinyModel tiny = make_tiny(tiny_config(arch), 3);
    for (TinyTensor& tensor : tiny.tensors) {
      if (tensor.spec.name == name) tensor.values[1] = std::nanf("");
    }
    write_hf(folder.path(), hf_config(tiny.config, "dense"), hf_tensors(tiny, false));
    const auto file = ModelFile::open(folder.path(), {});
    ASSERT_TRUE(file) << file.error().message();
    ThreadPool pool(1);
    const auto model = Model::load(*file, {}, &pool);
    ASSERT_FALSE(model) << name;
    EXPECT_EQ(model.error().code(), ErrorCode::kNonFinite);
    EXPECT_NE(model.error().message().find(name), std::string::npos) << model.error().message();
  }
}

// A BitLinear may have a bias, too.
TEST(ArchsTensors, TernaryLinearsTakeBiases) {
  ASSERT_TRUE(init_kernels());
  TempFolder folder;
  TinyModel tiny = make_tiny(tiny_config("qwen2"), 3);
  std::vector<float> first;
  for (const float shift : {0.0f, 1.0f}) {
    for (TinyTensor& tensor : tiny.tensors) {
      if (tensor.spec.role == TensorRole::kBias) tensor.values[0] += shift;
    }
    write_hf(folder.path(), hf_config(tiny.config, "packed"), hf_tensors(tiny, true));
    const auto model = load_model(folder.path());
    ASSERT_NE(model, nullptr);
    const std::vector<float> logits = run_tiny(*model, tiny_tokens(tiny.config, 5, 1), 5);
    if (first.empty()) first = logits;
    EXPECT_EQ(same_bits(first, logits), shift == 0.0f);
  }
}

}  // namespace
}  // namespace tern
