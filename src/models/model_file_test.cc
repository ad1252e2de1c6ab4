// Opening: what a file leaves open is asked, what contradicts itself is refused, what is odd is said.
#include "models/model_file.h"

#include "models/tiny_model.h"
#include "tokenizer/chat_template.h"

namespace tern {
namespace {

using namespace testing;

class ModelFiles : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }

  const ModelConfig config_ = tiny_config("bitnet");
  const TinyModel tiny_ = make_tiny(config_, 1);
  TempFolder folder_;

  std::string hf(const Json& config, const RawTensors& tensors) {
    const std::string path = folder_.file("hf");
    write_hf(path, config, tensors);
    return path;
  }
  /// A BitNet GGUF of sizes that I2_S can hold.
  std::string gguf(const std::function<void(GgufKeys&, RawTensors&)>& edit, std::string_view arch = "bitnet",
                   DType type = DType::kI2_S) {
    const TinyModel model = make_tiny(tiny_config_256(arch), 2);
    const std::string name = arch == "bitnet" ? "bitnet-b1.58" : std::string(arch);
    GgufKeys keys = gguf_keys(model.config, name);
    RawTensors tensors = gguf_tensors(model, type);
    edit(keys, tensors);
    const std::string path = folder_.file("model.gguf");
    write_gguf(path, keys, tensors);
    return path;
  }
  static void expect_error(const std::string& path, ErrorCode code, std::string_view named,
                           const OpenOptions& options = {}) {
    const auto file = ModelFile::open(path, options);
    ASSERT_FALSE(file) << "expected an error that names " << named;
    EXPECT_EQ(file.error().code(), code) << file.error().message();
    EXPECT_NE(file.error().message().find(named), std::string::npos) << file.error().message();
  }
  /// The same for what only loading sees.
  static void expect_load_error(const std::string& path, ErrorCode code, std::string_view named) {
    const auto file = ModelFile::open(path, {});
    ASSERT_TRUE(file) << file.error().message();
    ThreadPool pool(2);
    const auto model = Model::load(*file, {}, &pool);
    ASSERT_FALSE(model) << "expected an error that names " << named;
    EXPECT_EQ(model.error().code(), code) << model.error().message();
    EXPECT_NE(model.error().message().find(named), std::string::npos) << model.error().message();
  }
  static bool warns(const ModelFile& file, std::string_view text) {
    for (const std::string& warning : file.warnings()) {
      if (warning.find(text) != std::string::npos) return true;
    }
    return false;
  }
};

TEST_F(ModelFiles, NotAModel) {
  expect_error(folder_.file("none"), ErrorCode::kNotFound, "none");
  expect_error(folder_.path(), ErrorCode::kNotFound, "config.json");
  write_file(folder_.file("config.json"), "[1, 2]");
  expect_error(folder_.path(), ErrorCode::kBadFile, "config.json");
  write_file(folder_.file("config.json"), "{\"hidden_size\": 40}");
  expect_error(folder_.path(), ErrorCode::kBadFile, "model_type");
  write_file(folder_.file("text.gguf"), "hello");
  expect_error(folder_.file("text.gguf"), ErrorCode::kBadFile, "text.gguf");
}

TEST_F(ModelFiles, PicklesAreNamed) {
  write_file(folder_.file("model_state_int2.pt"), "PK");
  expect_error(folder_.path(), ErrorCode::kNotFound,
               "model_state_int2.pt is a PyTorch checkpoint of bitnet.cpp's gpu/");
  write_file(folder_.file("config.json"), dump_json(hf_config(config_, "packed")));
  expect_error(folder_.path(), ErrorCode::kNotFound, "take the safetensors");
}

TEST_F(ModelFiles, MissingMisshapedAndUnknownTensors) {
  const Json config = hf_config(config_, "packed");
  RawTensors tensors = hf_tensors(tiny_, true);
  tensors.erase("model.layers.1.mlp.ffn_sub_norm.weight");
  expect_error(hf(config, tensors), ErrorCode::kBadFile, "model.layers.1.mlp.ffn_sub_norm.weight is missing");

  tensors = hf_tensors(tiny_, true);
  tensors["model.norm.weight"] = {DType::kF32, {39}, std::vector<uint8_t>(39 * 4)};
  expect_error(hf(config, tensors), ErrorCode::kBadFile,
               "model.norm.weight has shape [39], the config asks for [40]");

  tensors = hf_tensors(tiny_, true);
  tensors["model.norm.weight"] = {DType::kU8, {40}, std::vector<uint8_t>(40)};
  expect_error(hf(config, tensors), ErrorCode::kUnsupported, "model.norm.weight");

  tensors = hf_tensors(tiny_, true);
  tensors["vision_tower.weight"] = {DType::kF32, {40}, std::vector<uint8_t>(40 * 4)};
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {DType::kF32, {5}, std::vector<uint8_t>(5 * 4)};
  const auto file = ModelFile::open(hf(config, tensors), {});
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_EQ((*file)->warnings().size(), 1u);
  EXPECT_TRUE(warns(**file, "not used: 1 (vision_tower.weight)"));

  for (const char* name : {"model.layers.0.self_attn.q_proj.bias", "model.layers.0.self_attn.q_norm.weight",
                           "model.layers.2.input_layernorm.weight", "lm_head.bias"}) {
    tensors = hf_tensors(tiny_, true);
    tensors[name] = {DType::kF32, {40}, std::vector<uint8_t>(40 * 4)};
    expect_error(hf(config, tensors), ErrorCode::kUnsupported, name);
  }

  tensors = hf_tensors(tiny_, true);
  tensors.erase("model.layers.1.mlp.up_proj.weight_scale");
  expect_load_error(hf(config, tensors), ErrorCode::kBadFile,
                    "model.layers.1.mlp.up_proj.weight_scale is missing");
}

TEST_F(ModelFiles, HfFloatWeightsWithoutAWordAreAmbiguous) {
  const std::string path = hf(hf_config(config_, "dense"), hf_tensors(tiny_, false));
  expect_error(path, ErrorCode::kAmbiguous, "--linear");
  OpenOptions options;
  options.linear = "ternary-online";
  EXPECT_EQ((*ModelFile::open(path, options))->config().linear, LinearKind::kTernaryOnline);
  options.linear = "dense";
  EXPECT_EQ((*ModelFile::open(path, options))->config().linear, LinearKind::kDense);
  options.linear = "both";
  expect_error(path, ErrorCode::kInvalidArgument, "--linear both", options);
}

TEST_F(ModelFiles, HfPackedWithoutAWordIsAmbiguous) {
  const std::string path = hf(hf_config(config_, "dense"), hf_tensors(tiny_, true));
  expect_error(path, ErrorCode::kAmbiguous, "--linear-class");
  OpenOptions options;
  options.linear_class = "bitlinear";
  EXPECT_EQ((*ModelFile::open(path, options))->config().scale_op, ScaleOp::kDivide);
  options.linear_class = "autobitlinear";
  EXPECT_EQ((*ModelFile::open(path, options))->config().scale_op, ScaleOp::kMultiply);
  options.linear_class = "linear";
  expect_error(path, ErrorCode::kInvalidArgument, "--linear-class linear", options);
}

TEST_F(ModelFiles, HfQuantizationConfig) {
  const RawTensors tensors = hf_tensors(tiny_, true);
  const auto edited = [&](const char* key, const Json& value) {
    Json config = hf_config(config_, "packed");
    config["quantization_config"][key] = value;
    return hf(config, tensors);
  };
  expect_error(edited("quant_method", "gptq"), ErrorCode::kUnsupported, "gptq");
  expect_error(edited("linear_class", "linear"), ErrorCode::kBadFile, "linear_class");
  expect_error(edited("quantization_mode", "later"), ErrorCode::kBadFile, "quantization_mode");
  expect_error(edited("use_rms_norm", "yes"), ErrorCode::kBadFile, "use_rms_norm");
  expect_error(edited("use_rms_norm", true), ErrorCode::kBadFile, "q_proj.rms_norm.weight is missing");
  expect_error(edited("rms_norm_eps", 0), ErrorCode::kBadFile, "rms_norm_eps");
  expect_error(edited("modules_to_not_convert", "lm_head"), ErrorCode::kBadFile, "modules_to_not_convert");
  expect_error(edited("modules_to_not_convert", {"layers.*"}), ErrorCode::kUnsupported, "layers.*");
  expect_error(edited("modules_to_not_convert", std::vector<std::string>(1025, "x")), ErrorCode::kUnsupported,
               "1025");

  auto file = ModelFile::open(edited("linear_class", nullptr), {});
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->config().scale_op, ScaleOp::kDivide);
  EXPECT_TRUE(warns(**file, "no linear_class"));
  file = ModelFile::open(edited("linear_class", "autobitlinear"), {});
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->config().scale_op, ScaleOp::kMultiply);
  EXPECT_TRUE((*file)->warnings().empty());
  // Offline, but not packed.
  expect_error(hf(hf_config(config_, "packed"), hf_tensors(tiny_, false)), ErrorCode::kAmbiguous, "--linear");
}

TEST_F(ModelFiles, ImplausibleScales) {
  RawTensors tensors = hf_tensors(tiny_, true);
  tensors["model.layers.0.mlp.up_proj.weight_scale"].bytes = as_bytes({25.0f}, DType::kBF16);
  EXPECT_TRUE(warns(**ModelFile::open(hf(hf_config(config_, "packed"), tensors), {}), "layout doubtful"));
  OpenOptions divide;
  divide.linear_class = "bitlinear";
  EXPECT_FALSE(warns(**ModelFile::open(folder_.file("hf"), divide), "layout doubtful"));
  tensors["model.layers.0.mlp.up_proj.weight_scale"].bytes = as_bytes({0.01f}, DType::kBF16);
  EXPECT_TRUE(warns(**ModelFile::open(hf(hf_config(config_, "packed"), tensors), divide), "layout doubtful"));

  for (const float scale : {INFINITY, NAN}) {
    tensors["model.layers.0.mlp.up_proj.weight_scale"].bytes = as_bytes({scale}, DType::kBF16);
    expect_load_error(hf(hf_config(config_, "packed"), tensors), ErrorCode::kBadFile, "up_proj.weight");
  }
  Json config = hf_config(config_, "packed");
  config["quantization_config"]["linear_class"] = "bitlinear";
  tensors["model.layers.0.mlp.up_proj.weight_scale"].bytes = as_bytes({0.0f}, DType::kBF16);
  expect_load_error(hf(config, tensors), ErrorCode::kBadFile, "scale 0");
}

TEST_F(ModelFiles, BrokenWeights) {
  RawTensors tensors = hf_tensors(tiny_, true);
  tensors["model.layers.1.mlp.down_proj.weight"].bytes[5] = 0xff;
  expect_load_error(hf(hf_config(config_, "packed"), tensors), ErrorCode::kBadFile,
                    "model.layers.1.mlp.down_proj.weight");

  tensors = hf_tensors(tiny_, false);
  const float bad = NAN;
  std::memcpy(tensors["model.layers.1.mlp.down_proj.weight"].bytes.data() + 40, &bad, sizeof bad);
  expect_load_error(hf(hf_config(config_, "online"), tensors), ErrorCode::kNonFinite,
                    "model.layers.1.mlp.down_proj.weight");

  tensors = hf_tensors(tiny_, true);
  std::memcpy(tensors["model.norm.weight"].bytes.data(), &bad, sizeof bad);
  expect_load_error(hf(hf_config(config_, "packed"), tensors), ErrorCode::kNonFinite, "model.norm.weight");

  expect_load_error(gguf([](GgufKeys&, RawTensors& raw) { raw["blk.1.ffn_up.weight"].bytes[9] = 0xc0; }),
                    ErrorCode::kBadFile, "blk.1.ffn_up.weight");
  expect_load_error(gguf([&](GgufKeys&, RawTensors& raw) {
                      std::memcpy(raw["blk.1.ffn_up.weight"].bytes.data() + 256 * 256 / 4, &bad, sizeof bad);
                    }),
                    ErrorCode::kBadFile, "blk.1.ffn_up.weight");
}

TEST_F(ModelFiles, GgufBasics) {
  const auto file = ModelFile::open(gguf([](GgufKeys&, RawTensors&) {}), {});
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ((*file)->format(), "gguf");
  EXPECT_EQ((*file)->config().source_arch, "bitnet-b1.58");
  EXPECT_EQ((*file)->config().linear, LinearKind::kTernaryStored);
  EXPECT_TRUE((*file)->config().tied_head);
  EXPECT_TRUE((*file)->warnings().empty());
  EXPECT_FALSE((*file)->tokenizer());

  expect_error(gguf([](GgufKeys& keys, RawTensors&) { keys.text.erase("general.architecture"); }),
               ErrorCode::kBadFile, "general.architecture");
  expect_error(gguf([](GgufKeys& keys, RawTensors&) { keys.text["general.architecture"] = "mamba"; }),
               ErrorCode::kUnsupported, "mamba");
  expect_error(gguf([](GgufKeys& keys, RawTensors&) { keys.u32["split.count"] = 2; }),
               ErrorCode::kUnsupported, "split");
  expect_error(gguf([](GgufKeys& keys, RawTensors&) { keys.u32["split.no"] = 1; }), ErrorCode::kUnsupported,
               "part 2 of a split model");
  expect_error(gguf([](GgufKeys&, RawTensors& raw) { raw.erase("blk.0.attn_k.weight"); }),
               ErrorCode::kBadFile, "blk.0.attn_k.weight is missing");
  expect_error(
      gguf([](GgufKeys&, RawTensors& raw) { raw["token_embd.weight"] = raw["blk.0.ffn_up.weight"]; }),
      ErrorCode::kBadFile, "token_embd.weight");
  expect_error(gguf(
                   [](GgufKeys&, RawTensors& raw) {
                     raw["rope_freqs.weight"] = {DType::kF32, {32}, std::vector<uint8_t>(128)};
                   },
                   "llama"),
               ErrorCode::kUnsupported, "rope_freqs.weight");
  // A scale that only packed trits have.
  expect_error(gguf(
                   [](GgufKeys&, RawTensors& raw) {
                     raw["blk.0.attn_q.scale"] = {DType::kF32, {1}, {0, 0, 0, 64}};
                   },
                   "llama", DType::kF16),
               ErrorCode::kUnsupported, "blk.0.attn_q.scale");
  expect_error(gguf([](GgufKeys& keys, RawTensors&) { keys.text["general.type"] = "adapter"; }),
               ErrorCode::kUnsupported, "general.type");
  OpenOptions options;
  options.linear_class = "bitlinear";
  expect_error(gguf([](GgufKeys&, RawTensors&) {}), ErrorCode::kInvalidArgument, "--linear-class", options);
}

TEST_F(ModelFiles, GgufFloatLinears) {
  const std::string path = gguf([](GgufKeys&, RawTensors&) {}, "bitnet", DType::kF16);
  expect_error(path, ErrorCode::kAmbiguous, "--linear");
  OpenOptions options;
  options.linear = "ternary-online";
  EXPECT_EQ((*ModelFile::open(path, options))->config().linear, LinearKind::kTernaryOnline);
  EXPECT_EQ(
      (*ModelFile::open(gguf([](GgufKeys&, RawTensors&) {}, "llama", DType::kF16), {}))->config().linear,
      LinearKind::kDense);
  // Block formats are no masters.
  expect_error(gguf([](GgufKeys&, RawTensors&) {}, "llama", DType::kQ8_0), ErrorCode::kUnsupported, "Q8_0",
               options);
}

TEST_F(ModelFiles, GgufExactScales) {
  const auto with = [&](size_t count, float scale, const char* op) {
    return gguf([&](GgufKeys& keys, RawTensors&) {
      if (count > 0) keys.f32s["tern.linear_scales"] = std::vector<float>(count, scale);
      if (op != nullptr) keys.text["tern.linear_scale_op"] = op;
    });
  };
  expect_error(with(0, 1, "multiply"), ErrorCode::kBadFile, "tern.linear_scales");
  expect_error(with(13, 1, "multiply"), ErrorCode::kBadFile, "tern.linear_scales must be 14 floats");
  expect_error(with(14, 1, "add"), ErrorCode::kBadFile, "tern.linear_scale_op");
  expect_load_error(with(14, 7.0f, nullptr), ErrorCode::kBadFile, "tern.linear_scales says 7");
  expect_load_error(with(14, NAN, nullptr), ErrorCode::kBadFile, "not finite");
  expect_load_error(with(14, 0.0f, "divide"), ErrorCode::kBadFile, "scale 0");
}

TEST_F(ModelFiles, ChatEncodings) {
  const auto in_gguf = [&](const char* name) {
    return gguf([&](GgufKeys& keys, RawTensors&) {
      if (name != nullptr) keys.text["tern.chat_encoding"] = name;
    });
  };
  EXPECT_EQ((*ModelFile::open(in_gguf(nullptr), {}))->chat_encoding(), std::nullopt);
  EXPECT_EQ((*ModelFile::open(in_gguf("whole"), {}))->chat_encoding(), ChatEncoding::kWhole);
  EXPECT_EQ((*ModelFile::open(in_gguf("parts"), {}))->chat_encoding(), ChatEncoding::kParts);
  expect_error(in_gguf("both"), ErrorCode::kBadFile, "tern.chat_encoding = both: must be whole or parts");
  OpenOptions whole;
  whole.chat_encoding = "whole";
  EXPECT_EQ((*ModelFile::open(in_gguf("parts"), whole))->chat_encoding(), ChatEncoding::kWhole);
  EXPECT_EQ((*ModelFile::open(in_gguf("both"), whole))->chat_encoding(), ChatEncoding::kWhole);

  const auto in_folder = [&](const Json& tern) {
    Json config = hf_config(config_, "packed");
    config["tern"] = tern;
    return hf(config, hf_tensors(tiny_, true));
  };
  for (const Json& nothing : {Json(nullptr), Json::object(), Json({{"chat_encoding", nullptr}})})
    EXPECT_EQ((*ModelFile::open(in_folder(nothing), {}))->chat_encoding(), std::nullopt);
  const std::string parts = in_folder({{"chat_encoding", "parts"}});
  EXPECT_EQ((*ModelFile::open(parts, {}))->chat_encoding(), ChatEncoding::kParts);
  EXPECT_EQ((*ModelFile::open(parts, whole))->chat_encoding(), ChatEncoding::kWhole);
  expect_error(in_folder({{"chat_encoding", "Parts"}}), ErrorCode::kBadFile, "tern.chat_encoding = Parts");
  expect_error(in_folder({{"chat_encoding", 1}}), ErrorCode::kBadFile, "chat_encoding");
}

TEST_F(ModelFiles, ChatTemplates) {
  const auto with_template = [&](const char* text) {
    return *ModelFile::open(
        gguf([&](GgufKeys& keys, RawTensors&) { keys.text["tokenizer.chat_template"] = text; }), {});
  };
  EXPECT_EQ(with_template("{{ messages }}")->chat_template(), "{{ messages }}");
  const auto wrong = with_template("{{ 'Human: ' }}\n\nBITNETAssistant: ");
  EXPECT_EQ(wrong->chat_template(), kBitnetChatTemplate);
  EXPECT_TRUE(warns(*wrong, "chat template"));
  EXPECT_FALSE(warns(*with_template("{{ messages }}"), "chat template"));
  EXPECT_EQ((*ModelFile::open(gguf([](GgufKeys&, RawTensors&) {}), {}))->chat_template(),
            kBitnetChatTemplate);
  EXPECT_EQ((*ModelFile::open(gguf([](GgufKeys&, RawTensors&) {}, "llama"), {}))->chat_template(), "");

  const std::string path = hf(hf_config(config_, "packed"), hf_tensors(tiny_, true));
  write_file(path + "/adapter_config.json", "{}");
  expect_error(path, ErrorCode::kUnsupported, "adapter_config.json");
  std::filesystem::remove(path + "/adapter_config.json");
  write_file(path + "/tokenizer_config.json", R"({"chat_template": "one"})");
  EXPECT_EQ((*ModelFile::open(path, {}))->chat_template(), "one");
  write_file(
      path + "/tokenizer_config.json",
      R"({"chat_template": [{"name": "rag", "template": "no"}, {"name": "default", "template": "two"}]})");
  EXPECT_EQ((*ModelFile::open(path, {}))->chat_template(), "two");
  write_file(path + "/tokenizer_config.json", R"({"chat_template": 3})");
  expect_error(path, ErrorCode::kBadFile, "chat_template");
  write_file(path + "/chat_template.jinja", "three");
  EXPECT_EQ((*ModelFile::open(path, {}))->chat_template(), "three");
  write_file(folder_.file("mine.jinja"), "four");
  OpenOptions options;
  options.chat_template = folder_.file("mine.jinja");
  EXPECT_EQ((*ModelFile::open(path, options))->chat_template(), "four");
}

TEST_F(ModelFiles, EosIsTheUnionOfTheFiles) {
  const std::string path = hf(hf_config(config_, "packed"), hf_tensors(tiny_, true));
  write_file(path + "/generation_config.json", R"({"eos_token_id": [3, 7]})");
  EXPECT_EQ((*ModelFile::open(path, {}))->config().eos, (std::vector<int32_t>{2, 3, 7}));
  write_file(path + "/generation_config.json", R"({"eos_token_id": 1000})");
  expect_error(path, ErrorCode::kBadFile, "generation_config.json");
}

TEST_F(ModelFiles, WhatGenerationConfigAsksForAndGetsNotIsSaid) {
  const std::string path = hf(hf_config(config_, "packed"), hf_tensors(tiny_, true));
  const auto warned = [&](const char* config) {
    write_file(path + "/generation_config.json", config);
    return warns(**ModelFile::open(path, {}), "generation_config.json");
  };
  EXPECT_TRUE(warned(R"({"repetition_penalty": 1.1})"));
  EXPECT_TRUE(warned(R"({"suppress_tokens": [3]})"));
  EXPECT_FALSE(warned(R"({"repetition_penalty": 1, "suppress_tokens": null, "temperature": 0.6})"));
}

/// `count` tokens of one printable byte each, which is enough for a tokenizer. The model's vocabulary is
/// of 53.
auto with_tokenizer(int count) {
  return [count](GgufKeys& keys, RawTensors&) {
    keys.text["tokenizer.ggml.model"] = "gpt2";
    for (int i = 0; i < count; ++i)
      keys.texts["tokenizer.ggml.tokens"].push_back(std::string(1, static_cast<char>('!' + i)));
    keys.texts["tokenizer.ggml.merges"] = {};
  };
}

TEST_F(ModelFiles, GgufPreTokenizer) {
  const std::string path = gguf(with_tokenizer(53));
  expect_error(path, ErrorCode::kAmbiguous, "--pre");
  OpenOptions options;
  options.pre = "gpt-2";
  const auto file = ModelFile::open(path, options);
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE((*file)->tokenizer());
  EXPECT_EQ((*file)->tokenizer()->pre, PreTokenizer::kGpt2);
  // One that is not supported leaves the model without a tokenizer, and says so.
  const auto other = ModelFile::open(gguf([&](GgufKeys& keys, RawTensors& raw) {
                                       with_tokenizer(53)(keys, raw);
                                       keys.text["tokenizer.ggml.model"] = "bert";
                                     }),
                                     {});
  ASSERT_TRUE(other) << other.error().message();
  EXPECT_FALSE((*other)->tokenizer());
  EXPECT_TRUE(warns(**other, "no tokenizer"));
  EXPECT_NE((*other)->tokenizer_problem().find("'bert'"), std::string::npos);
  for (const char* key : {"tokenizer.ggml.add_sep_token", "tokenizer.ggml.normalizer.lowercase"}) {
    for (const bool is_set : {false, true}) {
      const auto flagged = ModelFile::open(gguf([&](GgufKeys& keys, RawTensors& raw) {
                                             with_tokenizer(53)(keys, raw);
                                             keys.flags[key] = is_set;
                                           }),
                                           options);
      ASSERT_TRUE(flagged) << flagged.error().message();
      EXPECT_EQ((*flagged)->tokenizer().has_value(), !is_set) << key;
      EXPECT_EQ(warns(**flagged, key), is_set);
    }
  }
}

TEST_F(ModelFiles, GgufMergesMustBeThere) {
  const auto with_merges = [&](const std::function<void(GgufKeys&)>& edit) {
    return gguf([&](GgufKeys& keys, RawTensors& raw) {
      with_tokenizer(53)(keys, raw);
      keys.text["tokenizer.ggml.pre"] = "gpt-2";
      edit(keys);
    });
  };
  EXPECT_TRUE(ModelFile::open(with_merges([](GgufKeys&) {}), {}));
  expect_error(with_merges([](GgufKeys& keys) { keys.texts.erase("tokenizer.ggml.merges"); }),
               ErrorCode::kBadFile, "tokenizer.ggml.merges");
  expect_error(with_merges([](GgufKeys& keys) {
                 keys.texts.erase("tokenizer.ggml.merges");
                 keys.text["tokenizer.ggml.merges"] = "a b";
               }),
               ErrorCode::kBadFile, "tokenizer.ggml.merges");
}

TEST_F(ModelFiles, TokenizerFitsTheVocabulary) {
  OpenOptions options;
  options.pre = "gpt-2";
  const auto open = [&](int tokens) { return *ModelFile::open(gguf(with_tokenizer(tokens)), options); };
  EXPECT_FALSE(warns(*open(53), "vocabulary"));
  EXPECT_FALSE(warns(*open(48), "vocabulary"));  // 90% and more: padding
  EXPECT_TRUE(warns(*open(47), "47 tokens, the model's vocabulary 53"));
  expect_error(gguf(with_tokenizer(54)), ErrorCode::kBadFile, "54 tokens, but the model's vocabulary only 53",
               options);
  // A chat needs a tokenizer: only then is it worth a word that the file has no template.
  EXPECT_TRUE(warns(*open(53), "no chat template"));
  EXPECT_FALSE(warns(**ModelFile::open(gguf([](GgufKeys&, RawTensors&) {}), {}), "no chat template"));
}

// One reader, whatever opens the file: told by content, with the configuration beside it.
TEST_F(ModelFiles, TokenizerOption) {
  OpenOptions options;
  options.tokenizer = folder_.file("tokenizer");
  Json tokenizer = {{"model", {{"type", "BPE"}, {"vocab", Json::object()}, {"merges", Json::array()}}},
                    {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
                    {"decoder", {{"type", "ByteLevel"}}}};
  for (int i = 0; i < 50; ++i) tokenizer["model"]["vocab"][std::string(1, static_cast<char>('!' + i))] = i;
  for (const auto& [text, id] : {std::pair("!", 0), {"#", 2}})
    tokenizer["added_tokens"].push_back({{"content", text}, {"id", id}, {"special", true}});
  write_file(*options.tokenizer, "\n " + dump_json(tokenizer));
  write_file(folder_.file("tokenizer_config.json"),
             R"({"eos_token": "!", "bos_token": "#", "add_bos_token": true})");
  const std::string folder = hf(hf_config(config_, "packed"), hf_tensors(tiny_, true));
  for (const std::string& path : {folder, gguf(with_tokenizer(53))}) {
    const auto file = ModelFile::open(path, options);
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_TRUE((*file)->tokenizer());
    EXPECT_EQ((*file)->tokenizer()->tokens.size(), 50u);
    EXPECT_EQ((*file)->tokenizer()->eos, 0);
    EXPECT_TRUE((*file)->tokenizer()->add_bos);
  }
  for (const char* name : {"special_tokens_map.json", "added_tokens.json"}) {
    write_file(folder_.file(name), name[0] == 's' ? R"({"pad_token": "$"})" : R"({"$": 3})");
    expect_error(folder, ErrorCode::kUnsupported, "'$' is no added token", options);
    write_file(folder_.file(name), "{}");
  }
  options.pre = "gpt-2";
  for (const std::string& path : {folder, gguf(with_tokenizer(53))}) {
    expect_error(path, ErrorCode::kInvalidArgument, "--pre", options);
  }
  options.tokenizer.reset();
  expect_error(folder, ErrorCode::kInvalidArgument, "--pre", options);
  expect_error(gguf([](GgufKeys&, RawTensors&) {}), ErrorCode::kInvalidArgument, "--pre", options);
}

}  // namespace
}  // namespace tern
