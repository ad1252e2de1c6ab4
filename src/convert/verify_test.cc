// verify against models that are known to be the same, and against such with one thing changed.
#include <cmath>
#include <cstring>

#include "convert/verify_testing.h"

namespace tern {
namespace {

using namespace testing;

/// Q and K as `llama` GGUF files hold them: (h 2 d/2) -> (h d/2 2).
TinyModel with_interleaved_rows(TinyModel model) {
  const auto d = static_cast<size_t>(model.config.head_dim);
  for (TinyTensor& tensor : model.tensors) {
    if (!tensor.spec.rope_rows) continue;
    const TinyTensor from = tensor;
    const size_t cols = tensor.spec.shape[1];
    for (size_t r = 0; r < tensor.spec.shape[0]; ++r) {
      const size_t head = r / d, half = r % d / (d / 2), pair = r % (d / 2), to = head * d + 2 * pair + half;
      std::copy_n(from.trits.begin() + static_cast<long>(r * cols), cols,
                  tensor.trits.begin() + static_cast<long>(to * cols));
      std::copy_n(from.values.begin() + static_cast<long>(r * cols), cols,
                  tensor.values.begin() + static_cast<long>(to * cols));
    }
  }
  return model;
}

TinyTensor& tensor_of(TinyModel& model, std::string_view name) {
  for (TinyTensor& tensor : model.tensors) {
    if (tensor.spec.name == name) return tensor;
  }
  ADD_FAILURE() << name;
  return model.tensors[0];
}

constexpr const char* kUp = "model.layers.1.mlp.up_proj.weight";

class Verify : public VerifyFixture {};

// Folders hold Gemma's norms less one, GGUF files as they are.
TEST_F(Verify, NormsLessOneAreTheSameModel) {
  const TinyModel model = make_tiny(tiny_config("gemma3"), 32);
  Json json = hf_config(model.config, "dense");
  json.update({{"dtype", "bfloat16"}, {"query_pre_attn_scalar", model.config.head_dim}});
  const std::string folder = fresh("gemma3");
  write_hf(folder, json, hf_tensors(model, false));
  TinyModel whole = model;
  for (TinyTensor& tensor : whole.tensors) {
    for (float& w : tensor.values) w += tensor.spec.role == TensorRole::kNorm ? 1.0f : 0.0f;
  }
  GgufKeys keys = gguf_keys(model.config, "gemma3");
  keys.u32["gemma3.attention.sliding_window"] = 70;
  keys.u32["gemma3.attention.sliding_window_pattern"] = 2;
  const std::string file = gguf_with(whole, DType::kF32, keys);
  expect_same(compare(folder, file));
  EXPECT_EQ(compare(folder, gguf_with(model, DType::kF32, keys)).differences.size(),
            13u);  // six norms a layer, the last
  keys.u32["gemma3.attention.sliding_window"] = 71;
  only(compare(folder, gguf_with(whole, DType::kF32, keys)), "config", "window");
}

TEST_F(Verify, OneModelInEveryFormat) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 31);
  const std::string first = packed(model);
  for (const DType type : {DType::kI2_S, DType::kTQ1_0, DType::kTQ2_0}) {
    SCOPED_TRACE(dtype_info(type).name);
    const VerifyReport report = compare(first, gguf(model, type));
    expect_same(report);
    EXPECT_EQ(report.ternary_tensors, 14u);
    EXPECT_EQ(report.float_tensors, 1u + 2 * 4 + 1);  // embedding, norms, final norm; the head is tied
    EXPECT_EQ(report.trits, 14u * 256 * 256 - 4u * 128 * 256);
    expect_same(compare(gguf(model, type), first));
  }
  for (const I2sLayout layout : kI2sLayouts) {
    SCOPED_TRACE(i2s_layout_name(layout));
    OpenOptions options;
    options.i2s_layout = std::string(i2s_layout_name(layout));
    expect_same(compare(first, gguf(model, DType::kI2_S, layout), true, options));
    if (layout == I2sLayout::kPublished) continue;
    EXPECT_EQ(compare(first, gguf(model, DType::kI2_S, layout)).differences.size(), 14u);
  }
  for (const DType scale : {DType::kBF16, DType::kF16})
    expect_same(compare(first, hf(model, "packed", hf_tensors(model, true, scale))));
}

TEST_F(Verify, LlamaRowsAreComparedInHuggingFaceOrder) {
  const TinyModel model = make_tiny(tiny_config_256("llama"), 32);
  const std::string first = packed(model);
  for (const DType type : {DType::kI2_S, DType::kTQ2_0})
    expect_same(compare(first, gguf(with_interleaved_rows(model), type, I2sLayout::kPublished, "llama")));
  const VerifyReport wrong = compare(first, gguf(model, DType::kI2_S, I2sLayout::kPublished, "llama"));
  EXPECT_EQ(wrong.differences.size(), 4u);  // q and k of two layers
  // Dense matrices, too.
  const std::string dense = hf(model, "dense", hf_tensors(model, false));
  expect_same(
      compare(dense, gguf(with_interleaved_rows(model), DType::kF32, I2sLayout::kPublished, "llama")));
  EXPECT_EQ(compare(dense, gguf(model, DType::kF32, I2sLayout::kPublished, "llama")).differences.size(), 4u);
}

TEST_F(Verify, OddShapes) {
  const TinyModel model = make_tiny(tiny_config("bitnet"), 33);
  expect_same(compare(packed(model), packed(model)));
  TinyModel other = model;
  int8_t& trit = tensor_of(other, kUp).trits[71 * 40 + 39];  // the last of all
  const int8_t before = trit;
  trit = before == 1 ? int8_t{0} : int8_t{1};
  const Difference found = only(compare(packed(model), packed(other)), "trits", kUp);
  EXPECT_EQ(found.row, 71u);
  EXPECT_EQ(found.column, 39u);
  EXPECT_EQ(found.a, fmt::format("{:+d}", before));
}

TEST_F(Verify, OneFlippedTrit) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 34);
  for (const auto& [row, column] : {std::pair<size_t, size_t>{0, 0}, {17, 130}, {255, 255}}) {
    TinyModel other = model;
    int8_t& trit = tensor_of(other, kUp).trits[row * 256 + column];
    trit = trit == -1 ? int8_t{1} : int8_t{-1};
    for (const DType type : {DType::kI2_S, DType::kTQ1_0}) {
      const Difference found = only(compare(packed(model), gguf(other, type)), "trits", kUp);
      EXPECT_EQ(found.count, 1u);
      EXPECT_EQ(found.row, row);
      EXPECT_EQ(found.column, column);
      EXPECT_EQ(found.b, fmt::format("{:+d}", trit));
      EXPECT_NE(
          found.text.find(fmt::format("1 of 65536 trits differ, first in row {}, column {}", row, column)),
          std::string::npos)
          << found.text;
    }
  }
}

TEST_F(Verify, SwappedRows) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 35);
  TinyModel other = model;
  TinyTensor& up = tensor_of(other, kUp);
  uint64_t count = 0, first = 256;
  for (uint64_t c = 0; c < 256; ++c) {
    std::swap(up.trits[100 * 256 + c], up.trits[200 * 256 + c]);
    if (up.trits[100 * 256 + c] == up.trits[200 * 256 + c]) continue;
    count += 2;
    first = std::min(first, c);
  }
  const Difference found = only(compare(gguf(model, DType::kTQ2_0), gguf(other, DType::kI2_S)), "trits", kUp);
  EXPECT_EQ(found.count, count);
  EXPECT_EQ(found.row, 100u);
  EXPECT_EQ(found.column, first);
}

TEST_F(Verify, AScaleThatIsOffByOneUlpOrHowItApplies) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 36);
  TinyModel other = model;
  float& scale = tensor_of(other, kUp).scale;
  scale = std::nextafter(scale, 1.0f);
  EXPECT_NE(only(compare(packed(model), gguf(other, DType::kI2_S)), "scale", kUp).text.find("multiplies by"),
            std::string::npos);
  EXPECT_EQ(only(compare(packed(model), packed(other)), "scale", kUp).b,
            fmt::format("multiplies by {}", scale));
  // The same numbers, but they divide.
  const std::string path = fresh("divide");
  Json config = hf_config(model.config, "packed");
  config["quantization_config"]["linear_class"] = "bitlinear";
  write_hf(path, config, hf_tensors(model, true, DType::kF32));
  const VerifyReport inverted = compare(packed(model), path);
  ASSERT_EQ(inverted.differences.size(), 14u);
  EXPECT_EQ(inverted.differences[0].what, "scale");
  EXPECT_NE(inverted.differences[0].b.find("divides by"), std::string::npos);
}

TEST_F(Verify, ExactScalesAreComparedAndWhatOthersReadIsSaid) {
  TinyModel model = make_tiny(tiny_config_256("bitnet"), 37);
  std::vector<float> inverse;
  RawTensors tensors = hf_tensors(model, true, DType::kF32);
  for (TinyTensor& tensor : model.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    inverse.push_back(1.0f / tensor.scale * 1.0003f);
    tensors[tensor.spec.name + "_scale"].bytes = as_bytes({inverse.back()}, DType::kF32);
    tensor.scale = 1.0f / inverse.back();
  }
  const std::string divided = fresh("divide");
  Json config = hf_config(model.config, "packed");
  config["quantization_config"]["linear_class"] = "bitlinear";
  write_hf(divided, config, tensors);
  GgufKeys keys = gguf_keys(model.config, "bitnet");
  keys.f32s["tern.linear_scales"] = inverse;
  keys.text["tern.linear_scale_op"] = "divide";
  const VerifyReport report = compare(divided, gguf_with(model, DType::kTQ2_0, keys));
  expect_same(report);
  ASSERT_EQ(report.remarks.size(), 1u);
  EXPECT_NE(report.remarks[0].find("another scale for 14 linears"), std::string::npos) << report.remarks[0];
  EXPECT_NE(report.remarks[0].find("exact is to divide by"), std::string::npos) << report.remarks[0];

  // The same numbers as multipliers are exact in I2_S: nothing to say.
  std::vector<float> scales;
  for (const TinyTensor& tensor : model.tensors) {
    if (tensor.spec.role == TensorRole::kLinear) scales.push_back(tensor.scale);
  }
  keys.f32s["tern.linear_scales"] = scales;
  keys.text["tern.linear_scale_op"] = "multiply";
  const VerifyReport exact = compare(gguf(model, DType::kI2_S), gguf_with(model, DType::kI2_S, keys));
  expect_same(exact);
  EXPECT_TRUE(exact.remarks.empty());
}

TEST_F(Verify, FloatTensors) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 38);
  TinyModel other = model;
  float& norm = tensor_of(other, "model.layers.0.mlp.ffn_sub_norm.weight").values[200];
  norm = std::nextafter(norm, 2.0f);
  Difference found = only(compare(packed(model), gguf(other, DType::kI2_S)), "values",
                          "model.layers.0.mlp.ffn_sub_norm.weight");
  EXPECT_EQ(found.count, 1u);
  EXPECT_EQ(found.row, 0u);
  EXPECT_EQ(found.column, 200u);
  EXPECT_GT(found.max_abs, 0.0);
  EXPECT_LT(found.max_abs, 1e-6);

  other = model;
  tensor_of(other, "model.embed_tokens.weight").values[52 * 256 + 3] += 0.5f;
  tensor_of(other, "model.embed_tokens.weight").values[7 * 256 + 9] += 0.25f;
  found = only(compare(packed(model), packed(other)), "values", "model.embed_tokens.weight");
  EXPECT_EQ(found.count, 2u);
  EXPECT_EQ(found.row, 7u);
  EXPECT_EQ(found.column, 9u);
  EXPECT_NEAR(found.max_abs, 0.5, 1e-6);
}

TEST_F(Verify, ADistanceThatIsNoNumberStays) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 47);
  TinyModel changed = model;
  std::vector<float>& values = tensor_of(changed, "model.embed_tokens.weight").values;
  values[0] = std::nanf("");
  values[10] += 1;
  values[values.size() - 1] += 1;
  const Difference difference =
      only(compare(packed(model), packed(changed)), "values", "model.embed_tokens.weight");
  EXPECT_EQ(difference.count, 3u);
  EXPECT_TRUE(std::isnan(difference.max_abs));
}

TEST_F(Verify, ATiedHeadEqualsItsCopy) {
  const TinyModel tied = make_tiny(tiny_config_256("llama"), 39);
  RawTensors tensors = hf_tensors(tied, false);
  tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"];
  Json config = hf_config(tied.config, "dense");
  config["tie_word_embeddings"] = false;
  const std::string untied = fresh("untied");
  write_hf(untied, config, tensors);
  const std::string first = hf(tied, "dense", hf_tensors(tied, false));
  expect_same(compare(first, untied));
  expect_same(compare(untied, first));
  tensors["lm_head.weight"].bytes[4 * 256 + 2] ^= 1;
  write_hf(untied, config, tensors);
  const Difference found = only(compare(untied, first), "values", "lm_head.weight");
  EXPECT_EQ(found.row, 1u);
  EXPECT_EQ(found.column, 0u);
}

TEST_F(Verify, MastersAreWhatTheyBecome) {
  TinyModel model = make_tiny(tiny_config_256("bitnet"), 40);
  const std::string masters = hf(model, "online", hf_tensors(model, false));
  TinyModel other = model;
  for (TinyTensor& tensor : model.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    tensor.scale = *absmean_scale(tensor.values);
    absmean_quantize(tensor.values, tensor.scale, tensor.trits.data());
  }
  expect_same(compare(masters, gguf(model, DType::kI2_S)));
  expect_same(compare(packed(model), masters));
  expect_same(compare(masters, masters));
  // Another master of the same trits and the same scale: two values change places within a matrix.
  TinyTensor& up = tensor_of(other, kUp);
  size_t a = 0, b = 0;
  while (up.values[a] < 0.08f) ++a;
  for (b = a + 1; up.values[b] < 0.08f || up.values[b] == up.values[a];) ++b;
  std::swap(up.values[a], up.values[b]);
  const std::string moved = hf(other, "online", hf_tensors(other, false));
  const VerifyReport report = compare(masters, moved);
  ASSERT_FALSE(report.differences.empty());
  EXPECT_EQ(report.differences[0].what, "values");
  EXPECT_EQ(report.differences[0].count, 2u);
  EXPECT_EQ(report.differences[0].column, a % 256);
}

TEST_F(Verify, DenseAgainstTernary) {
  const TinyModel model = make_tiny(tiny_config_256("llama"), 41);
  const VerifyReport report = compare(packed(model), hf(model, "dense", hf_tensors(model, false)));
  ASSERT_EQ(report.differences.size(), 14u);
  EXPECT_EQ(report.differences[0].what, "kind");
  EXPECT_EQ(report.differences[0].text, "trits against dense");
}

TEST_F(Verify, Configs) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 42);
  const std::string first = packed(model);
  const auto with = [&](const char* key, const Json& value) {
    Json config = hf_config(model.config, "packed");
    config[key] = value;
    const std::string path = fresh("config");
    write_hf(path, config, hf_tensors(model, true, DType::kF32));
    return compare(first, path, false);
  };
  EXPECT_EQ(only(with("rms_norm_eps", 1e-6), "config", "rms_eps").b, "1e-06");
  EXPECT_EQ(only(with("rope_theta", 10000.0), "config", "rope_theta").text, "500000 against 10000");
  OpenOptions silu;
  silu.activation = "silu";
  EXPECT_EQ(only(compare(first, first, false, silu), "config", "activation").text, "relu2 against swiglu");
  only(with("max_position_embeddings", 4096), "config", "max_positions");
  only(with("eos_token_id", {2}), "tokenizer", "ends of text");
  expect_same(with("eos_token_id", {3, 2}));  // the order says nothing
}

TEST_F(Verify, OtherSizesAreNotComparedFurther) {
  const TinyModel a = make_tiny(tiny_config_256("bitnet"), 43), b = make_tiny(tiny_config("bitnet"), 43);
  const VerifyReport report = compare(packed(a), packed(b));
  EXPECT_EQ(report.differences.size(), 3u);  // hidden, head_dim, ffn
  EXPECT_EQ(report.values, 0u);
  ASSERT_EQ(report.remarks.size(), 1u);
  EXPECT_NE(report.remarks[0].find("not compared"), std::string::npos);
}

TEST_F(Verify, BrokenWeightsAreAnErrorThatNamesThem) {
  const TinyModel model = make_tiny(tiny_config_256("bitnet"), 44);
  RawTensors tensors = hf_tensors(model, true, DType::kF32);
  tensors[kUp].bytes[77] = 0x03;
  const auto a = ModelFile::open(packed(model), {}), b = ModelFile::open(hf(model, "packed", tensors), {});
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  ThreadPool pool(1);
  const auto report = verify_models(**a, **b, {}, &pool, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::kBadFile);
  EXPECT_NE(report.error().message().find(kUp), std::string::npos);
}

}  // namespace
}  // namespace tern
