// Every format into every other and back: the generator's trits, the scale's bits and the logits' bits must
// come through.
#include "convert/convert.h"

#include <algorithm>
#include <bit>

#include "io/safetensors.h"
#include "models/tiny_model.h"
#include "models/weights.h"

namespace tern {
namespace {

using namespace testing;

/// A form of output, and the name of a file in it.
struct Form {
  const char* name;
  ConvertTarget to;
  DType type = DType::kI2_S;
};
constexpr Form kForms[] = {
    {"packed", ConvertTarget::kHfPacked},
    {"i2_s.gguf", ConvertTarget::kGguf, DType::kI2_S},
    {"tq2_0.gguf", ConvertTarget::kGguf, DType::kTQ2_0},
    {"tq1_0.gguf", ConvertTarget::kGguf, DType::kTQ1_0},
    {"bf16", ConvertTarget::kHfMasters},
};

class ConvertTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }

  Result<ConvertPlan> plan(const std::string& from, const ConvertOptions& options) {
    TERN_ASSIGN(file_, ModelFile::open(from, options.open));
    return plan_conversion(*file_, options, &pool_, {});
  }
  Status convert(const std::string& from, const std::string& to, const ConvertOptions& options) {
    TERN_ASSIGN(plan_, plan(from, options));
    TERN_TRY(check_output(from, to, options, false));
    return write_conversion(*file_, plan_, to, IfThere::kRefuse, &pool_, {});
  }
  /// The path of `from` in `form`.
  std::string converted(const std::string& from, const Form& form, const std::string& name) {
    const std::string path = folder_.file(name);
    const Status status = convert(from, path, {.to = form.to, .gguf_type = form.type});
    EXPECT_TRUE(status) << path << ": " << status.error().message();
    return path;
  }
  /// "" when the plan is made.
  std::string refusal(const std::string& from, const ConvertOptions& options) {
    const auto result = plan(from, options);
    return result ? "" : result.error().message();
  }
  std::string hf(const TinyModel& tiny, std::string_view mode, bool divide = false) {
    const std::string path = folder_.file(fmt::format("source-{}", sources_++));
    Json config = hf_config(tiny.config, mode);
    if (divide) config["quantization_config"]["linear_class"] = "bitlinear";
    write_hf(path, config, hf_tensors(tiny, mode == "packed", DType::kF32, divide));
    return path;
  }

  /// Trits and scales of the file are those of the generator.
  void expect_linears(const std::string& path, const TinyModel& tiny, bool divide) {
    const auto file = ModelFile::open(path, {});
    ASSERT_TRUE(file) << file.error().message();
    for (const TinyTensor& tensor : tiny.tensors) {
      if (tensor.spec.role != TensorRole::kLinear) continue;
      Arena memory;
      const auto linear = load_linear(**file, tensor.spec, {}, SparseUse::kNone, &pool_, &memory);
      ASSERT_TRUE(linear) << linear.error().message();
      const float scale = divide ? 1.0f / tensor.scale : tensor.scale;
      EXPECT_EQ(std::bit_cast<uint32_t>(linear->scale), std::bit_cast<uint32_t>(scale))
          << path << tensor.spec.name;
      EXPECT_EQ(linear->scale_op, divide ? ScaleOp::kDivide : ScaleOp::kMultiply);
      std::vector<int8_t> trits(tensor.trits.size());
      for (size_t r = 0; r < tensor.spec.shape[0]; ++r) {
        decode_t2x16_row(linear->weights, r, tensor.spec.shape[1], trits.data() + r * tensor.spec.shape[1]);
      }
      EXPECT_EQ(trits, tensor.trits) << path << " " << tensor.spec.name;
    }
  }
  std::vector<float> logits(const std::string& path, const OpenOptions& open = {}) {
    const auto model = load_model(path, open);
    return model == nullptr ? std::vector<float>()
                            : run_tiny(*model, tiny_tokens(model->config(), 12, 5), 12);
  }

  TempFolder folder_;
  ThreadPool pool_{2};
  std::shared_ptr<const ModelFile> file_;
  ConvertPlan plan_;
  int sources_ = 0;
};

/// Scales that no 16-bit float has, one of them negative, and one linear of zeros.
TinyModel with_odd_scales(TinyModel tiny) {
  int linear = 0;
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    tensor.scale *= linear == 1 ? -1.00037f : 1.00037f;
    if (linear++ == 0) std::fill(tensor.trits.begin(), tensor.trits.end(), int8_t{0});
  }
  return tiny;
}

struct Case {
  const char* arch;
  bool divide, odd;
};

class ConvertCycle : public ConvertTest, public ::testing::WithParamInterface<Case> {};

TEST_P(ConvertCycle, EveryFormIntoEveryOther) {
  TinyModel tiny = make_tiny(tiny_config_256(GetParam().arch), 11);
  if (GetParam().odd) tiny = with_odd_scales(std::move(tiny));
  const bool divide = GetParam().divide;
  const std::string source = hf(tiny, "packed", divide);
  const std::vector<float> expected = logits(source);
  ASSERT_FALSE(expected.empty());
  for (const Form& from : kForms) {
    const std::string first = converted(source, from, from.name);
    expect_linears(first, tiny, divide);
    EXPECT_TRUE(same_bits(logits(first), expected)) << first;
    for (const Form& to : kForms) {
      const std::string second = converted(first, to, fmt::format("{}-{}", from.name, to.name));
      expect_linears(second, tiny, divide);
      EXPECT_TRUE(same_bits(logits(second), expected)) << second;
    }
  }
}

TEST_P(ConvertCycle, OnceAroundGivesEveryTensorBack) {
  TinyModel tiny = make_tiny(tiny_config_256(GetParam().arch), 12);
  if (GetParam().odd) tiny = with_odd_scales(std::move(tiny));
  const std::string source = hf(tiny, "packed", GetParam().divide);
  std::string path = source;
  for (const Form& form : {kForms[1], kForms[2], kForms[3], kForms[4], kForms[0]}) {
    path = converted(path, form, fmt::format("around-{}", form.name));
  }
  const auto before = Safetensors::open_folder(source), after = Safetensors::open_folder(path);
  ASSERT_TRUE(before && after);
  EXPECT_EQ((*before)->tensors().size(), (*after)->tensors().size());
  for (const TensorEntry& entry : (*before)->tensors()) {
    const TensorEntry* again = (*after)->find(entry.name);
    ASSERT_NE(again, nullptr) << entry.name;
    EXPECT_EQ(again->dtype, entry.dtype) << entry.name;
    EXPECT_EQ(again->shape, entry.shape) << entry.name;
    EXPECT_TRUE(std::ranges::equal(again->bytes, entry.bytes)) << entry.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ConvertCycle,
                         ::testing::Values(Case{"bitnet", false, false}, Case{"bitnet", false, true},
                                           Case{"bitnet", true, false}, Case{"bitnet", true, true},
                                           Case{"llama", false, true}, Case{"llama", true, true}),
                         [](const auto& info) {
                           return fmt::format("{}{}{}", info.param.arch,
                                              info.param.divide ? "Divide" : "Multiply",
                                              info.param.odd ? "Odd" : "");
                         });

TEST_F(ConvertTest, StrictKnowsWhatStandardFieldsHold) {
  const TinyModel even = make_tiny(tiny_config_256("bitnet"), 1), odd = with_odd_scales(even);
  const auto losses = [&](const std::string& from, const Form& form) {
    const auto made = plan(from, {.to = form.to, .gguf_type = form.type});
    EXPECT_TRUE(made) << made.error().message();
    return check_lossless(*made) ? "" : check_lossless(*made).error().message();
  };
  const std::string packed = hf(even, "packed"), odd_packed = hf(odd, "packed"),
                    divided = hf(even, "packed", true);
  for (const Form& form : {kForms[0], kForms[1], kForms[2], kForms[3]})
    EXPECT_EQ(losses(packed, form), "") << form.name;
  EXPECT_EQ(losses(odd_packed, kForms[1]), "");
  EXPECT_NE(
      losses(odd_packed, kForms[2]).find("blk.0.attn_q.weight (and 13 more): the block scale is a float16"),
      std::string::npos);
  EXPECT_NE(losses(divided, kForms[1]).find("the scale divides"), std::string::npos);
  EXPECT_EQ(losses(divided, kForms[0]), "");
}

TEST_F(ConvertTest, MastersAreCopiedAndQuantizedAsTheLoaderDoes) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 2);
  const std::string online = hf(tiny, "online");
  const std::vector<float> expected = logits(online);
  for (const Form& form : kForms) {
    const std::string path = converted(online, form, fmt::format("from-online-{}", form.name));
    EXPECT_TRUE(same_bits(logits(path), expected)) << path;
    EXPECT_EQ(check_lossless(plan_).has_value(), form.to == ConvertTarget::kHfMasters) << path;
  }
  const auto before = Safetensors::open_folder(online),
             after = Safetensors::open_folder(folder_.file("from-online-bf16"));
  ASSERT_TRUE(before && after);
  for (const TensorEntry& entry : (*before)->tensors()) {
    EXPECT_TRUE(std::ranges::equal((*after)->find(entry.name)->bytes, entry.bytes)) << entry.name;
  }
}

TEST_F(ConvertTest, ChangedMastersAreNotGivenTheOldScale) {
  const std::string masters =
      converted(hf(with_odd_scales(make_tiny(tiny_config_256("bitnet"), 3)), "packed"), kForms[4], "m");
  ASSERT_TRUE(plan_.exact_scales);
  const std::string path = masters + "/model.safetensors";
  std::string bytes = read_file(path);
  const auto file = Safetensors::open_folder(masters);
  ASSERT_TRUE(file);
  const TensorEntry* entry = (*file)->find("model.layers.1.mlp.down_proj.weight");
  const size_t at =
      bytes.find(std::string(reinterpret_cast<const char*>(entry->bytes.data()), entry->bytes.size()));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] ^= 0x40;  // an exponent
  write_file(path, bytes);
  const auto changed = ModelFile::open(masters, {});
  ASSERT_TRUE(changed) << changed.error().message();
  const auto loaded = Model::load(*changed, {}, &pool_);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message().find("take `tern` out of config.json"), std::string::npos)
      << loaded.error().message();
}

TEST_F(ConvertTest, BrokenScalesBesideMasters) {
  const std::string masters =
      converted(hf(with_odd_scales(make_tiny(tiny_config_256("bitnet"), 3)), "packed"), kForms[4], "m");
  const std::string path = masters + "/config.json";
  const Json whole = *parse_json(read_file(path), path);
  const auto error = [&](const std::function<void(Json&)>& edit) {
    Json json = whole;
    edit(json);
    write_file(path, dump_json(json));
    const auto file = ModelFile::open(masters, {});
    return file ? "" : file.error().message();
  };
  EXPECT_EQ(error([](Json&) {}), "");
  EXPECT_EQ(error([](Json& json) { json["tern"] = nullptr; }), "");
  const std::pair<const char*, std::function<void(Json&)>> edits[] = {
      {"linear_scales must be 14 numbers", [](Json& json) { json["tern"] = "x"; }},
      {"linear_scales must be 14 numbers", [](Json& json) { json["tern"]["linear_scales"].erase(0); }},
      {"linear_absmeans must be 14 numbers", [](Json& json) { json["tern"].erase("linear_absmeans"); }},
      {"no finite float", [](Json& json) { json["tern"]["linear_scales"][3] = 1e39; }},
      {"no finite float", [](Json& json) { json["tern"]["linear_absmeans"][3] = "1"; }},
      {"multiply or divide", [](Json& json) { json["tern"]["linear_scale_op"] = "add"; }},
      {"multiply or divide", [](Json& json) { json["tern"].erase("linear_scale_op"); }},
  };
  for (const auto& [text, edit] : edits)
    EXPECT_NE(error(edit).find(text), std::string::npos) << text << ": " << error(edit);
  // A scale of 0 that divides is found when the linear is loaded.
  EXPECT_EQ(error([](Json& json) {
              json["tern"]["linear_scale_op"] = "divide";
              json["tern"]["linear_scales"][3] = 0;
            }),
            "");
  const auto loaded = Model::load(*ModelFile::open(masters, {}), {}, &pool_);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message().find("scale 0 divides"), std::string::npos) << loaded.error().message();
  // Packed linears have their scales beside them.
  const std::string packed = hf(make_tiny(tiny_config_256("bitnet"), 3), "packed");
  Json json = *parse_json(read_file(packed + "/config.json"), packed);
  json["tern"] = whole["tern"];
  write_file(packed + "/config.json", dump_json(json));
  const auto refused = ModelFile::open(packed, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("stored as trits"), std::string::npos)
      << refused.error().message();
}

TEST_F(ConvertTest, OddShapes) {
  ModelConfig config = tiny_config("bitnet");
  config.hidden = 42;
  config.heads = 3;
  config.kv_heads = 1;
  config.head_dim = 14;
  config.ffn = 70;  // no rows are a multiple of 4, no matrix whole blocks of 128
  const TinyModel tiny = make_tiny(config, 4);
  const std::string source = hf(tiny, "packed");
  const std::vector<float> expected = logits(source);
  const std::string masters = converted(source, kForms[4], "odd-masters");
  const std::string again = converted(masters, kForms[0], "odd-again");
  for (const std::string& path : {masters, again}) {
    expect_linears(path, tiny, false);
    EXPECT_TRUE(same_bits(logits(path), expected)) << path;
  }
  EXPECT_NE(check_lossless(plan_).error().message().find("q_proj"), std::string::npos);
  for (const Form& form : {kForms[1], kForms[2], kForms[3]}) {
    const std::string message = refusal(source, {.to = form.to, .gguf_type = form.type});
    EXPECT_NE(message.find("blk.0.attn_q.weight"), std::string::npos) << message;
  }
  // Blocks that straddle rows.
  config = tiny_config("bitnet");
  config.hidden = 160;
  config.ffn = 96;
  config.head_dim = 40;
  const TinyModel straddling = make_tiny(config, 5);
  const std::string folder = hf(straddling, "packed");
  const std::string gguf = converted(folder, kForms[1], "straddling.gguf");
  expect_linears(gguf, straddling, false);
  EXPECT_NE(
      refusal(folder, {.to = ConvertTarget::kGguf, .gguf_type = DType::kTQ1_0}).find("--type i2_s would fit"),
      std::string::npos);
}

TEST_F(ConvertTest, EmbeddingAndHeadInOtherTypes) {
  ModelConfig config = tiny_config_256("llama");
  config.tied_head = false;
  const TinyModel tiny = make_tiny(config, 6);
  const std::string source = hf(tiny, "packed");
  for (const DType type : {DType::kF16, DType::kBF16, DType::kQ8_0, DType::kQ6_K}) {
    const std::string path = folder_.file(fmt::format("{}.gguf", dtype_info(type).name));
    ASSERT_TRUE(convert(source, path, {.head = type}));
    EXPECT_FALSE(check_lossless(plan_));
    const auto file = ModelFile::open(path, {});
    ASSERT_TRUE(file);
    for (const TinyTensor& tensor : tiny.tensors) {
      if (tensor.spec.role != TensorRole::kEmbedding && tensor.spec.role != TensorRole::kHead) continue;
      const TensorEntry* entry = (*file)->find(tensor.spec);
      EXPECT_EQ(entry->dtype, type);
      EXPECT_TRUE(std::ranges::equal(entry->bytes, as_bytes(tensor.values, type)));
    }
    // Back into a folder: types of blocks are decoded, and meet floats from then on.
    const std::string back = path + ".folder";
    ASSERT_TRUE(convert(path, back, {.to = ConvertTarget::kHfPacked}));
    EXPECT_EQ(check_lossless(plan_).has_value(), type == DType::kF16 || type == DType::kBF16);
    EXPECT_FALSE(logits(back).empty());
  }
  EXPECT_NE(refusal(source, {.to = ConvertTarget::kHfPacked, .head = DType::kQ8_0}).find("--head"),
            std::string::npos);
}

TEST_F(ConvertTest, EveryBlockTypeIsKeptInGgufAndDecodedElsewhere) {
  ModelConfig config = tiny_config_256("llama");
  config.layers = 1;
  const TinyModel tiny = make_tiny(config, 17);
  for (const DType dtype : block_formats()) {
    SCOPED_TRACE(dtype_info(dtype).name);
    RawTensors tensors = gguf_tensors(tiny, dtype);
    RawTensor& embedding = tensors["token_embd.weight"];
    embedding.dtype = dtype;
    embedding.bytes = as_bytes(tiny.tensors.front().values, dtype);
    const std::string name(dtype_info(dtype).name), source = folder_.file(name + "-source.gguf");
    write_gguf(source, gguf_keys(config, "llama"), tensors);

    const std::string gguf = folder_.file(name + ".gguf");
    ASSERT_TRUE(convert(source, gguf, {.head = DType::kF16}));
    const auto kept = ModelFile::open(gguf, {});
    ASSERT_TRUE(kept) << kept.error().message();
    EXPECT_NE(**(*kept)->gguf()->get_uint("general.file_type"), 0u);
    for (const TinyTensor& tensor : tiny.tensors) {
      const TensorEntry* entry = (*kept)->find(tensor.spec);
      const RawTensor& raw = tensors[tensor.spec.gguf_name];
      if (tensor.spec.role == TensorRole::kLinear) {
        EXPECT_EQ(entry->dtype, dtype);
        EXPECT_TRUE(std::ranges::equal(entry->bytes, raw.bytes)) << tensor.spec.name;
      } else if (tensor.spec.role == TensorRole::kEmbedding) {
        EXPECT_TRUE(std::ranges::equal(entry->bytes, as_bytes(decoded(raw), DType::kF16)));
      }
    }

    const std::string folder = folder_.file(name);
    ASSERT_TRUE(convert(source, folder, {.to = ConvertTarget::kHfPacked}));
    EXPECT_NE(check_lossless(plan_).error().message().find(name), std::string::npos);
    const auto floats = ModelFile::open(folder, {});
    ASSERT_TRUE(floats) << floats.error().message();
    for (const TinyTensor& tensor : tiny.tensors) {
      if (tensor.spec.role != TensorRole::kLinear || tensor.spec.rope_rows) continue;
      EXPECT_TRUE(std::ranges::equal((*floats)->find(tensor.spec)->bytes,
                                     as_bytes(decoded(tensors[tensor.spec.gguf_name]), DType::kF32)))
          << tensor.spec.name;
    }
  }
}

TEST_F(ConvertTest, DenseModelsStayDense) {
  const TinyModel tiny = make_tiny(tiny_config_256("llama"), 7);
  const std::string source = hf(tiny, "dense");
  const std::vector<float> expected = logits(source);
  const std::string gguf = converted(source, kForms[1], "dense.gguf");
  EXPECT_TRUE(same_bits(logits(gguf), expected));
  EXPECT_TRUE(check_lossless(plan_));
  EXPECT_TRUE(same_bits(logits(converted(gguf, kForms[0], "dense")), expected));
  // Taken for masters, they become trits.
  OpenOptions online;
  online.linear = "ternary-online";
  const std::string trits = folder_.file("quantized.gguf");
  ASSERT_TRUE(convert(source, trits, {.open = online}));
  EXPECT_FALSE(check_lossless(plan_));
  EXPECT_TRUE(same_bits(logits(trits), logits(source, online)));
}

TEST_F(ConvertTest, SomeLinearsDense) {
  TinyModel tiny = make_tiny(tiny_config_256("llama"), 8);
  RawTensors raw = hf_tensors(tiny, true, DType::kF32);
  const std::string name = "model.layers.1.self_attn.q_proj.weight";
  for (const TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.name == name) raw[name] = raw_floats(tensor, DType::kF32);
  }
  raw.erase(name + "_scale");
  Json config = hf_config(tiny.config, "packed");
  config["quantization_config"]["modules_to_not_convert"] = {"layers.1.self_attn.q_proj"};
  const std::string source = folder_.file("some-dense");
  write_hf(source, config, raw);
  const std::vector<float> expected = logits(source);
  ASSERT_FALSE(expected.empty());
  std::string path = source;
  for (const Form& form : kForms) {
    path = converted(path, form, fmt::format("some-dense-{}", form.name));
    EXPECT_TRUE(same_bits(logits(path), expected)) << path;
  }
  EXPECT_TRUE(same_bits(logits(converted(path, kForms[0], "some-dense-again")), expected));
}

TEST_F(ConvertTest, WhatGgufCannotSayIsRefused) {
  ModelConfig config = tiny_config_256("bitnet");
  config.linear_norms = true;
  const TinyModel tiny = make_tiny(config, 9);
  Json json = hf_config(config, "packed");
  json["quantization_config"]["use_rms_norm"] = true;
  const std::string source = folder_.file("norms");
  write_hf(source, json, hf_tensors(tiny, true));
  EXPECT_NE(refusal(source, {.to = ConvertTarget::kGguf}).find("use_rms_norm"), std::string::npos);
  const std::vector<float> expected = logits(source);
  const std::string masters = converted(source, kForms[4], "norms-masters");
  EXPECT_TRUE(same_bits(logits(masters), expected));
  EXPECT_TRUE(same_bits(logits(converted(masters, kForms[0], "norms-again")), expected));
}

TEST_F(ConvertTest, ArchitectureNames) {
  const std::string source = hf(make_tiny(tiny_config_256("bitnet"), 10), "packed");
  const std::vector<float> expected = logits(source);
  for (const char* name : {"bitnet-b1.58", "bitnet-25", "bitnet"}) {
    const std::string path = folder_.file(std::string(name) + ".gguf");
    ASSERT_TRUE(convert(source, path, {.arch_name = name}));
    EXPECT_TRUE(same_bits(logits(path), expected)) << name;
  }
  EXPECT_NE(refusal(source, {.arch_name = "llama"}).find("--arch-name llama"), std::string::npos);
  EXPECT_NE(refusal(source, {.arch_name = "qwen2"}).find("--arch-name qwen2"), std::string::npos);
}

TEST_F(ConvertTest, ArchitecturesThatAreOnlyReadAreRefused) {
  for (const char* arch : {"qwen2", "gemma3", "minicpm"}) {
    const std::string source = hf(make_tiny(tiny_config(arch), 10), "dense");
    EXPECT_NE(refusal(source, {}).find(fmt::format("{} models are read, but not written", arch)),
              std::string::npos);
  }
}

TEST_F(ConvertTest, LayoutsOfOtherReaders) {
  const TinyModel tiny = make_tiny(tiny_config_256("llama"), 15);
  const std::string source = hf(tiny, "packed");
  const std::vector<float> expected = logits(source);
  for (const I2sLayout layout : kI2sLayouts) {
    const std::string name(i2s_layout_name(layout)), path = folder_.file(name + ".gguf");
    ASSERT_TRUE(convert(source, path, {.layout = layout})) << name;
    EXPECT_EQ(check_lossless(plan_).has_value(), layout == I2sLayout::kPublished) << name;
    OpenOptions open;
    open.i2s_layout = name;
    EXPECT_TRUE(same_bits(logits(path, open), expected)) << name;
    ASSERT_TRUE(convert(path, folder_.file(name), {.to = ConvertTarget::kHfPacked, .open = open})) << name;
    expect_linears(folder_.file(name), tiny, false);
  }
}

TEST_F(ConvertTest, ScalesThatNoBlockHolds) {
  TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 13);
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.role == TensorRole::kLinear) tensor.scale = 1e-9f;
  }
  const std::string source = hf(tiny, "packed");
  EXPECT_NE(refusal(source, {.gguf_type = DType::kTQ2_0}).find("outside what TQ2_0 can hold"),
            std::string::npos);
  for (const Form& form : {kForms[1], kForms[4], kForms[0]}) {
    expect_linears(converted(source, form, fmt::format("tiny-scale-{}", form.name)), tiny, false);
  }
}

TEST_F(ConvertTest, APlanKnowsWhatWritingWouldRefuse) {
  TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 15);
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.role == TensorRole::kEmbedding) tensor.values[7] = 1e5f;
  }
  const std::string source = hf(tiny, "packed");
  EXPECT_EQ(refusal(source, {}), "");
  EXPECT_NE(refusal(source, {.head = DType::kF16}).find("larger than F16 can hold"), std::string::npos);
}

/// What a GGUF file may say of its tokenizer, and nobody may believe.
TEST_F(ConvertTest, TokensOutsideTheVocabularyAreRefusedWhenTheFileIsOpened) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 16);
  const auto refused = [&](const std::function<void(GgufKeys&)>& edit) {
    GgufKeys keys = gguf_keys(tiny.config, "bitnet");
    keys.text["tokenizer.ggml.model"] = "gpt2";
    keys.text["tokenizer.ggml.pre"] = "gpt-2";
    keys.texts["tokenizer.ggml.tokens"] = {"a", "b", "c"};
    keys.texts["tokenizer.ggml.merges"] = {};
    keys.u32[kGgufBosKey] = 1;
    edit(keys);
    const std::string path = folder_.file("hostile.gguf");
    write_gguf(path, keys, gguf_tensors(tiny, DType::kI2_S, I2sLayout::kPublished));
    return refusal(path, {.to = ConvertTarget::kHfPacked});
  };
  const auto big = [](const char* key) { return [key](GgufKeys& keys) { keys.u32[key] = 2'000'000'000; }; };
  EXPECT_NE(refused(big("tokenizer.ggml.bos_token_id")).find("hostile.gguf: bos token"), std::string::npos);
  EXPECT_NE(refused(big("tokenizer.ggml.unknown_token_id")).find("hostile.gguf: unk token"),
            std::string::npos);
  const auto add_bos = [](GgufKeys& keys) { keys.flags["tokenizer.ggml.add_bos_token"] = true; };
  EXPECT_NE(refused(add_bos).find("there is none"), std::string::npos);
}

TEST_F(ConvertTest, NoStartAndNoEndOfTextStayNone) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 17);
  GgufKeys keys = gguf_keys(tiny.config, "bitnet");
  keys.u32["tokenizer.ggml.bos_token_id"] = 1;
  keys.u32["tokenizer.ggml.eos_token_id"] = 2;
  const std::string source = folder_.file("ends.gguf");
  write_gguf(source, keys, gguf_tensors(tiny, DType::kI2_S, I2sLayout::kPublished));
  ASSERT_TRUE(convert(source, folder_.file("folder"), {.to = ConvertTarget::kHfPacked}));
  Json config = *parse_json(read_file(folder_.file("folder/config.json")), "");
  EXPECT_EQ(config["eos_token_id"], 2);
  config["bos_token_id"] = config["eos_token_id"] = nullptr;
  write_file(folder_.file("folder/config.json"), dump_json(config));
  std::filesystem::remove(folder_.file("folder/generation_config.json"));
  for (const char* name : {"none.gguf", "again.gguf"}) {
    ASSERT_TRUE(convert(folder_.file(name == std::string_view("none.gguf") ? "folder" : "none.gguf"),
                        folder_.file(name), {}));
    const auto file = ModelFile::open(folder_.file(name), {});
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ((*file)->config().bos, -1) << name;
    EXPECT_TRUE((*file)->config().eos.empty()) << name;
  }
}

TEST_F(ConvertTest, KeysOfOthersComeAlongOrAreNamed) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 14);
  GgufKeys keys = gguf_keys(tiny.config, "bitnet");
  keys.text["general.author"] = "somebody";
  keys.u32["bitnet.unheard_of"] = 7;
  keys.u32["other.key"] = 8;
  keys.text["tern.future"] = "x";
  const std::string source = folder_.file("keys.gguf");
  write_gguf(source, keys, gguf_tensors(tiny, DType::kI2_S, I2sLayout::kPublished));
  const auto left_out = [&](ConvertTarget to) {
    std::string text;
    const ConvertPlan made = plan(source, {.to = to}).value();
    for (const Remark& note : made.notes) text += note.text + ";";
    return text;
  };
  EXPECT_NE(left_out(ConvertTarget::kGguf).find("keys left out: bitnet.unheard_of, other.key, tern.future;"),
            std::string::npos)
      << left_out(ConvertTarget::kGguf);
  EXPECT_NE(left_out(ConvertTarget::kHfPacked)
                .find("keys left out: bitnet.unheard_of, general.author, other.key, tern.future;"),
            std::string::npos)
      << left_out(ConvertTarget::kHfPacked);
  ASSERT_TRUE(convert(source, folder_.file("copy.gguf"), {}));
  EXPECT_EQ((*Gguf::open(folder_.file("copy.gguf")))->get_string("general.author").value(), "somebody");
}

}  // namespace
}  // namespace tern
