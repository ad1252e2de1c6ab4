// One set of trits in every packing gives one set of logit bits.
#include <numeric>

#include "models/row_order.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

/// Rows of a [heads * d, cols] matrix from rotate-half to interleaved order, (h 2 d/2) -> (h d/2 2).
template <typename T>
std::vector<T> interleave_rows(const std::vector<T>& matrix, size_t cols, size_t d) {
  std::vector<T> out;
  for (size_t head = 0; head < matrix.size() / (d * cols); ++head) {
    for (size_t pair = 0; pair < d / 2; ++pair) {
      for (size_t half = 0; half < 2; ++half) {
        const T* row = matrix.data() + (head * d + half * (d / 2) + pair) * cols;
        out.insert(out.end(), row, row + cols);
      }
    }
  }
  return out;
}

/// The model as a `llama` GGUF file holds it.
TinyModel with_interleaved_rows(TinyModel model) {
  for (TinyTensor& tensor : model.tensors) {
    if (!tensor.spec.rope_rows) continue;
    const size_t cols = tensor.spec.shape[1], d = static_cast<size_t>(model.config.head_dim);
    tensor.values = interleave_rows(tensor.values, cols, d);
    tensor.trits = interleave_rows(tensor.trits, cols, d);
  }
  return model;
}

class Packings : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }
  std::string gguf(const TinyModel& model, const std::string& architecture, DType type) {
    const std::string path = folder_.file(architecture + std::string(dtype_info(type).name) + ".gguf");
    write_gguf(path, gguf_keys(model.config, architecture), gguf_tensors(model, type));
    return path;
  }
  std::string hf(const TinyModel& model, std::string_view mode, const RawTensors& tensors) {
    const std::string path = folder_.file("hf-" + std::string(mode));
    write_hf(path, hf_config(model.config, mode), tensors);
    return path;
  }
  static std::vector<float> logits(const std::string& path, const OpenOptions& options = {}) {
    const auto model = load_model(path, options);
    if (model == nullptr) return {};
    return run_tiny(*model, tiny_tokens(model->config(), 20, 5), 20);
  }
  TempFolder folder_;
};

TEST_F(Packings, AllTernaryPackingsAgree) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 1);
  const std::vector<float> expected = logits(hf(tiny, "packed", hf_tensors(tiny, true)));
  ASSERT_FALSE(expected.empty());
  for (const DType type : {DType::kI2_S, DType::kTQ1_0, DType::kTQ2_0}) {
    for (const char* name : {"bitnet-b1.58", "bitnet-25", "bitnet"}) {
      EXPECT_TRUE(same_bits(logits(gguf(tiny, name, type)), expected))
          << name << " " << dtype_info(type).name;
    }
  }
}

TEST_F(Packings, I2sWhoseBlocksStraddleRows) {
  ModelConfig config = tiny_config("bitnet");
  config.ffn = 96;
  config.hidden = 160;  // 160 * 96 and 160 * 160 are whole blocks of 128, rows of 160 and 96 are not
  config.head_dim = 40;
  const TinyModel tiny = make_tiny(config, 2);
  const std::vector<float> expected = logits(hf(tiny, "packed", hf_tensors(tiny, true)));
  ASSERT_FALSE(expected.empty());
  EXPECT_TRUE(same_bits(logits(gguf(tiny, "bitnet-b1.58", DType::kI2_S)), expected));
}

TEST_F(Packings, I2sLayoutsAreReadWhenTheyAreNamed) {
  ModelConfig odd = tiny_config("bitnet");
  odd.kv_heads = odd.heads;  // 40 x 40 and 72 x 40: multiples of 64 elements, not of 128
  for (const ModelConfig& config : {tiny_config_256("bitnet"), odd}) {
    const TinyModel tiny = make_tiny(config, 12);
    const std::vector<float> expected = logits(hf(tiny, "packed", hf_tensors(tiny, true)));
    ASSERT_FALSE(expected.empty());
    for (const I2sLayout layout : kI2sLayouts) {
      SCOPED_TRACE(fmt::format("{} {}", config.hidden, i2s_layout_name(layout)));
      if (!i2s_layout_fits(layout, 40, static_cast<uint64_t>(config.hidden))) continue;
      const std::string path = folder_.file("variant.gguf");
      write_gguf(path, gguf_keys(config, "bitnet-b1.58"), gguf_tensors(tiny, DType::kI2_S, layout));
      OpenOptions options;
      if (layout != I2sLayout::kPublished) options.i2s_layout = std::string(i2s_layout_name(layout));
      EXPECT_TRUE(same_bits(logits(path, options), expected));
      if (layout == I2sLayout::kPublished) continue;
      const auto as_published = ModelFile::open(path, {});
      if (config.hidden == 256) {
        ASSERT_TRUE(as_published);
        EXPECT_FALSE(same_bits(logits(path), expected));
      } else {
        ASSERT_FALSE(as_published);
        EXPECT_EQ(as_published.error().code(), ErrorCode::kUnsupported);
        EXPECT_NE(as_published.error().message().find("rows4, consecutive4 (say with --i2s-layout"),
                  std::string::npos)
            << as_published.error().message();
      }
    }
  }
}

TEST_F(Packings, I2sLayoutIsAKnownNameAndNeedsI2s) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 13);
  OpenOptions options;
  options.i2s_layout = "x86";
  EXPECT_EQ(ModelFile::open(gguf(tiny, "bitnet", DType::kI2_S), options).error().code(),
            ErrorCode::kInvalidArgument);
  options.i2s_layout = "arm64";
  const auto other = ModelFile::open(gguf(tiny, "bitnet", DType::kTQ2_0), options);
  ASSERT_TRUE(other);
  ASSERT_FALSE((*other)->warnings().empty());
  EXPECT_NE((*other)->warnings()[0].find("--i2s-layout has no effect"), std::string::npos);
}

TEST_F(Packings, LlamaRowsAreUnpermuted) {
  const TinyModel tiny = make_tiny(tiny_config_256("llama"), 3);
  const TinyModel permuted = with_interleaved_rows(tiny);
  const std::vector<float> packed = logits(hf(tiny, "packed", hf_tensors(tiny, true)));
  ASSERT_FALSE(packed.empty());
  for (const DType type : {DType::kI2_S, DType::kTQ1_0, DType::kTQ2_0}) {
    EXPECT_TRUE(same_bits(logits(gguf(permuted, "llama", type)), packed)) << dtype_info(type).name;
  }
  const std::vector<float> dense = logits(hf(tiny, "dense", hf_tensors(tiny, false)));
  EXPECT_TRUE(same_bits(logits(gguf(permuted, "llama", DType::kF32)), dense));
  EXPECT_FALSE(same_bits(logits(gguf(tiny, "llama", DType::kF32)), dense));
  // Masters are averaged in the model's row order, not in the file's.
  OpenOptions online;
  online.linear = "ternary-online";
  const std::vector<float> masters = logits(folder_.file("hf-dense"), online);
  EXPECT_TRUE(same_bits(logits(gguf(permuted, "llama", DType::kF32), online), masters));
  EXPECT_FALSE(same_bits(masters, dense));
}

TEST_F(Packings, OnlineMastersEqualTheirPackedForm) {
  TinyModel tiny = make_tiny(tiny_config("bitnet"), 4);
  const std::vector<float> online = logits(hf(tiny, "online", hf_tensors(tiny, false)));
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    tensor.scale = *absmean_scale(tensor.values);
    absmean_quantize(tensor.values, tensor.scale, tensor.trits.data());
  }
  EXPECT_TRUE(same_bits(logits(hf(tiny, "packed", hf_tensors(tiny, true, DType::kF32))), online));
}

TEST_F(Packings, DividingScalesDivide) {
  TinyModel tiny = make_tiny(tiny_config("bitnet"), 5);
  // 1/s is exact for a power of two, where both conventions mean the same bits.
  for (TinyTensor& tensor : tiny.tensors) tensor.scale = 0.125f;
  const std::vector<float> expected = logits(hf(tiny, "packed", hf_tensors(tiny, true)));
  const std::string path = folder_.file("divide");
  Json config = hf_config(tiny.config, "packed");
  config["quantization_config"].erase("linear_class");
  write_hf(path, config, hf_tensors(tiny, true, DType::kBF16, true));
  EXPECT_TRUE(same_bits(logits(path), expected));
  OpenOptions multiply;
  multiply.linear_class = "autobitlinear";
  EXPECT_FALSE(same_bits(logits(path, multiply), expected));
}

TEST_F(Packings, ExactScalesOfMetadataWin) {
  TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 6);
  std::vector<float> scales;
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    tensor.scale = 0.1f + 0.001f * static_cast<float>(scales.size());  // not exact in float16
    scales.push_back(tensor.scale);
  }
  const std::vector<float> expected = logits(hf(tiny, "packed", hf_tensors(tiny, true, DType::kF32)));
  GgufKeys keys = gguf_keys(tiny.config, "bitnet");
  const std::string path = folder_.file("exact.gguf");
  write_gguf(path, keys, gguf_tensors(tiny, DType::kTQ2_0));
  EXPECT_FALSE(same_bits(logits(path), expected));
  keys.f32s["tern.linear_scales"] = scales;
  write_gguf(path, keys, gguf_tensors(tiny, DType::kTQ2_0));
  EXPECT_TRUE(same_bits(logits(path), expected));

  // The same model with dividing scales, exact in no multiplier.
  for (float& scale : scales) scale = 1.0f / scale;
  keys.f32s["tern.linear_scales"] = scales;
  keys.text["tern.linear_scale_op"] = "divide";
  write_gguf(path, keys, gguf_tensors(tiny, DType::kTQ2_0));
  RawTensors divided = hf_tensors(tiny, true, DType::kF32, true);
  Json config = hf_config(tiny.config, "packed");
  config["quantization_config"]["linear_class"] = "bitlinear";
  write_hf(folder_.file("divide"), config, divided);
  EXPECT_TRUE(same_bits(logits(path), logits(folder_.file("divide"))));
}

TEST_F(Packings, MainlineScaleTensorMultiplies) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 7);
  const std::vector<float> expected = logits(gguf(tiny, "bitnet", DType::kI2_S));
  TinyModel unit = tiny;
  for (TinyTensor& tensor : unit.tensors) tensor.scale = 1.0f;
  RawTensors tensors = gguf_tensors(unit, DType::kTQ1_0);
  for (const TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    tensors[gguf_scale_name(tensor.spec)] = {DType::kF32, {1}, as_bytes({tensor.scale}, DType::kF32)};
  }
  const std::string path = folder_.file("scaled.gguf");
  write_gguf(path, gguf_keys(tiny.config, "bitnet"), tensors);
  EXPECT_TRUE(same_bits(logits(path), expected));
  EXPECT_FALSE(same_bits(logits(gguf(unit, "bitnet", DType::kTQ1_0)), expected));
}

TEST_F(Packings, AllZeroLinearsAreLegal) {
  TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 8);
  for (TinyTensor& tensor : tiny.tensors) {
    if (!tensor.spec.name.ends_with("up_proj.weight")) continue;
    std::fill(tensor.trits.begin(), tensor.trits.end(), 0);
    tensor.scale = 0.0f;
  }
  const std::vector<float> expected = logits(hf(tiny, "packed", hf_tensors(tiny, true)));
  ASSERT_FALSE(expected.empty());
  for (const DType type : {DType::kI2_S, DType::kTQ1_0, DType::kTQ2_0}) {
    EXPECT_TRUE(same_bits(logits(gguf(tiny, "bitnet", type)), expected)) << dtype_info(type).name;
  }
}

TEST_F(Packings, ModulesNotConvertedStayDense) {
  const TinyModel tiny = make_tiny(tiny_config("bitnet"), 9);
  const RawTensors floats = hf_tensors(tiny, false);
  RawTensors tensors = hf_tensors(tiny, true);
  Json config = hf_config(tiny.config, "packed");
  config["quantization_config"]["modules_to_not_convert"] = {"lm_head", "model.layers.1", "o_proj"};
  for (const TinyTensor& tensor : tiny.tensors) {
    const std::string& name = tensor.spec.name;
    if (name.starts_with("model.layers.1.") || name.ends_with("o_proj.weight")) {
      tensors[name] = floats.at(name);
      tensors.erase(name + "_scale");
    }
  }
  const std::string path = folder_.file("mixed");
  write_hf(path, config, tensors);
  const auto model = load_model(path);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->config().linear, LinearKind::kTernaryStored);
  // The published list leaves the file as it is packed; a packed tensor that should be dense is refused.
  write_hf(path, config, hf_tensors(tiny, true));
  EXPECT_EQ(ModelFile::open(path, {}).error().code(), ErrorCode::kBadFile);
}

TEST_F(Packings, UntiedHeadIsUsed) {
  ModelConfig config = tiny_config("llama");
  config.tied_head = false;
  const TinyModel tiny = make_tiny(config, 10);
  const std::vector<float> untied = logits(hf(tiny, "dense", hf_tensors(tiny, false)));
  EXPECT_TRUE(same_bits(logits(gguf(with_interleaved_rows(tiny), "llama", DType::kF32)), untied));
  RawTensors tensors = hf_tensors(tiny, false);
  tensors.erase("lm_head.weight");
  Json json = hf_config(config, "dense");
  json["tie_word_embeddings"] = true;
  write_hf(folder_.file("tied"), json, tensors);
  EXPECT_FALSE(same_bits(logits(folder_.file("tied")), untied));
}

TEST(RowOrder, UndoesInterleaving) {
  std::vector<int> rows(24);
  std::iota(rows.begin(), rows.end(), 0);
  const std::vector<int> stored = interleave_rows(rows, 1, 8);
  const RowOrder order(8);
  for (int r = 0; r < 24; ++r) EXPECT_EQ(stored[static_cast<size_t>(order.source(r))], r);
  EXPECT_EQ(RowOrder(0).source(17), 17);
}

}  // namespace
}  // namespace tern
