// Whole models against transformers in float32 (tests/golden/models/generate.py): teacher-forced logits with
// a float32 KV cache. The sequences are chosen there so that no activation lies near a rounding boundary: not
// one int8 may flip, and the tolerance bounds float roundings only. Its derivation stands in the generator.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/json.h"
#include "base/testing.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "kernels/dispatch.h"
#include "models/model.h"
#include "models/model_file.h"
#include "ternary/packing.h"

namespace tern {
namespace {

constexpr LoadOptions kFloatActivations{.dense_act_f32 = true};
constexpr double kRounding = 0x1p-24;  // of a float32 result, relative

struct Sequence {
  std::vector<int32_t> ids;
  size_t first = 0;  // logits are kept from this position on
};

struct Golden {
  double tolerance = 0;
  std::vector<Sequence> sequences;
  NpyArray logits;  // [kept positions of all sequences, vocab]
};

std::string model_folder(const std::string& name) {
  return testing::golden("models/" + name);
}

std::string model_path(const std::string& name) {
  const std::string gguf = model_folder(name) + "/model.gguf";
  return std::filesystem::exists(gguf) ? gguf : model_folder(name);
}

Result<Golden> read_golden(const std::string& name) {
  const std::string path = model_folder(name) + "/golden.json";
  TERN_ASSIGN(const Json json, parse_json(testing::read_file(path), path));
  Golden golden;
  golden.tolerance = json["tolerance"].get<double>();
  for (const Json& s : json["sequences"]) {
    golden.sequences.push_back({s["ids"].get<std::vector<int32_t>>(), s["first"].get<size_t>()});
  }
  TERN_ASSIGN(golden.logits, read_npy(model_folder(name) + "/logits.npy"));
  return golden;
}

/// The kept logits of every sequence, in the golden order.
Result<std::vector<float>> run_model(const std::string& path, const Golden& golden, const OpenOptions& open,
                                     const LoadOptions& load) {
  ThreadPool pool(2);
  TERN_ASSIGN(auto file, ModelFile::open(path, open));
  TERN_ASSIGN(auto model, Model::load(file, load, &pool));
  const ModelConfig& config = model->config();
  std::vector<float> all;
  for (const Sequence& sequence : golden.sequences) {
    KvView kv;
    kv.layout = {TERN_KV_F32, config.layers, config.kv_heads, config.head_dim};
    std::vector<AlignedBuffer<uint8_t>> pages;
    for (size_t p = 0; p < sequence.ids.size(); p += TERN_KV_PAGE) {
      pages.emplace_back(kv.layout.page_bytes());
      kv.pages.push_back(pages.back().data());
    }
    const size_t before = all.size();
    all.resize(before + (sequence.ids.size() - sequence.first) * static_cast<size_t>(config.vocab));
    const SequenceChunk chunk{sequence.ids, 0, &kv, sequence.first};
    TERN_TRY(model->forward({&chunk, 1}, &pool, all.data() + before));
  }
  return all;
}

struct Difference {
  double max_abs = 0;       // over all logits; infinite when one is NaN
  double rms_relative = 0;  // rms of the difference / rms of the oracle
  double min_cosine = 1;    // over positions
  double top1_agreement = 0;
  size_t wrong_top1 = 0;  // positions that disagree although the oracle's top-2 margin exceeds 2 tolerances
};

Difference compare(const Golden& golden, const std::vector<float>& logits) {
  const size_t vocab = golden.logits.shape[1];
  const size_t rows = golden.logits.shape[0];
  Difference result;
  double squared_difference = 0, squared_oracle = 0;
  size_t agreeing = 0;
  for (size_t row = 0; row < rows; ++row) {
    const float* oracle = golden.logits.values.data() + row * vocab;
    const float* ours = logits.data() + row * vocab;
    double dot = 0, oracle_norm = 0, our_norm = 0;
    for (size_t v = 0; v < vocab; ++v) {
      const double difference = static_cast<double>(ours[v]) - oracle[v];
      if (std::isnan(difference)) result.max_abs = INFINITY;
      result.max_abs = std::max(result.max_abs, std::abs(difference));
      squared_difference += difference * difference;
      dot += static_cast<double>(ours[v]) * oracle[v];
      oracle_norm += static_cast<double>(oracle[v]) * oracle[v];
      our_norm += static_cast<double>(ours[v]) * ours[v];
    }
    squared_oracle += oracle_norm;
    result.min_cosine = std::min(result.min_cosine, dot / std::sqrt(oracle_norm * our_norm));
    std::vector<float> sorted(oracle, oracle + vocab);
    std::partial_sort(sorted.begin(), sorted.begin() + 2, sorted.end(), std::greater<>());
    const bool agree =
        std::max_element(oracle, oracle + vocab) - oracle == std::max_element(ours, ours + vocab) - ours;
    agreeing += agree;
    result.wrong_top1 += !agree && sorted[0] - sorted[1] > 2 * golden.tolerance;
  }
  result.rms_relative = std::sqrt(squared_difference / squared_oracle);
  result.top1_agreement = static_cast<double>(agreeing) / static_cast<double>(rows);
  return result;
}

class OracleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Status status = init_kernels();
    ASSERT_TRUE(status) << status.error().message();
  }
  /// Runs and compares; a failed run is a test failure and an infinite difference.
  static Difference difference(const std::string& name, const OpenOptions& open, const LoadOptions& load) {
    return difference(name, model_path(name), open, load);
  }
  /// The model at `path` against the logits of golden model `name`.
  static Difference difference(const std::string& name, const std::string& path, const OpenOptions& open,
                               const LoadOptions& load) {
    const auto golden = read_golden(name);
    EXPECT_TRUE(golden) << name << ": " << golden.error().message();
    if (!golden) return {.max_abs = INFINITY};
    const auto logits = run_model(path, *golden, open, load);
    EXPECT_TRUE(logits) << name << ": " << logits.error().message();
    if (!logits) return {.max_abs = INFINITY};
    EXPECT_EQ(logits->size(), golden->logits.values.size());
    if (logits->size() != golden->logits.values.size()) return {.max_abs = INFINITY};
    return compare(*golden, *logits);
  }
};

class OracleModelTest : public OracleTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(OracleModelTest, LogitsEqualTheOracleWithinRoundings) {
  const auto golden = read_golden(GetParam());
  ASSERT_TRUE(golden) << golden.error().message();
  const Difference d = difference(GetParam(), {}, kFloatActivations);
  EXPECT_LE(d.max_abs, golden->tolerance);
  EXPECT_EQ(d.wrong_top1, 0u);
  EXPECT_GE(d.top1_agreement, 0.95);
  EXPECT_GT(d.min_cosine, 1 - 1e-6);
  RecordProperty("max_abs_over_tolerance", std::to_string(d.max_abs / golden->tolerance));
}

TEST_P(OracleModelTest, EveryIsaGivesTheSameBits) {
  const auto golden = read_golden(GetParam());
  ASSERT_TRUE(golden) << golden.error().message();
  std::vector<float> first;
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    const auto logits = run_model(model_path(GetParam()), *golden, {}, {});
    ASSERT_TRUE(logits) << isa_name(isa) << ": " << logits.error().message();
    if (first.empty()) first = *logits;
    ASSERT_EQ(first.size(), logits->size());
    EXPECT_EQ(std::memcmp(first.data(), logits->data(), first.size() * sizeof(float)), 0) << isa_name(isa);
  }
}

INSTANTIATE_TEST_SUITE_P(All, OracleModelTest,
                         ::testing::Values("bitnet_packed", "bitnet_divide", "bitnet_online",
                                           "bitnet_rms_norm", "llama_f32", "llama_bf16", "llama_packed",
                                           "gguf_i2_s", "gguf_tq", "gguf_llama", "gguf_mixed", "qwen2_bf16",
                                           "gguf_qwen2", "gemma3_bf16", "gemma3_f32", "gguf_gemma3",
                                           "minicpm_bf16", "gguf_minicpm"),
                         [](const auto& info) { return std::string(info.param); });

// The comparison can fail: models that are read wrongly are hundreds of tolerances away.
TEST_F(OracleTest, AWrongReadingIsFarOutOfTolerance) {
  struct Wrong {
    const char* model;
    std::optional<std::string> OpenOptions::*flag;
    const char* value;
  };
  constexpr Wrong kReadings[] = {{"bitnet_packed", &OpenOptions::linear_class, "bitlinear"},
                                 {"bitnet_divide", &OpenOptions::linear_class, "autobitlinear"},
                                 {"llama_packed", &OpenOptions::linear_class, "autobitlinear"},
                                 {"bitnet_packed", &OpenOptions::activation, "silu"},
                                 {"bitnet_rms_norm", &OpenOptions::activation, "silu"},
                                 {"gguf_i2_s", &OpenOptions::activation, "silu"},
                                 {"llama_f32", &OpenOptions::activation, "relu2"},
                                 {"gemma3_f32", &OpenOptions::activation, "silu"}};
  for (const Wrong& wrong : kReadings) {
    OpenOptions options;
    options.*wrong.flag = wrong.value;
    const auto golden = read_golden(wrong.model);
    ASSERT_TRUE(golden) << golden.error().message();
    const Difference d = difference(wrong.model, options, kFloatActivations);
    EXPECT_GT(d.max_abs, 100 * golden->tolerance) << wrong.model;
    EXPECT_LT(d.top1_agreement, 0.95) << wrong.model;
  }
}

// Nor does a field of config.json go unread: each moves the logits by more than roundings can.
TEST_F(OracleTest, AWrongFieldIsOutOfTolerance) {
  struct Wrong {
    const char* model;
    const char* field;
    Json value;
  };
  const Wrong kFields[] = {{"gemma3_bf16", "sliding_window", 17},
                           {"gemma3_bf16", "sliding_window", 15},
                           {"gemma3_bf16", "sliding_window_pattern", 2},
                           {"gemma3_bf16", "rope_local_base_freq", 20000.0},
                           {"gemma3_bf16", "rope_theta", 2e6},
                           {"gemma3_bf16", "rope_scaling", nullptr},
                           {"gemma3_bf16", "query_pre_attn_scalar", 12},
                           {"gemma3_bf16", "torch_dtype", "float32"},
                           {"gemma3_f32", "layer_types", {"full_attention", "full_attention"}},
                           {"minicpm_bf16", "scale_emb", 3.1},
                           {"minicpm_bf16", "scale_depth", 1.5},
                           {"minicpm_bf16", "dim_model_base", 17}};
  testing::TempFolder folder;
  for (const Wrong& wrong : kFields) {
    const auto golden = read_golden(wrong.model);
    ASSERT_TRUE(golden) << golden.error().message();
    auto config = parse_json(testing::read_file(model_folder(wrong.model) + "/config.json"), wrong.model);
    ASSERT_TRUE(config);
    (*config)[wrong.field] = wrong.value;
    testing::write_file(folder.file("config.json"), dump_json(*config));
    testing::write_file(folder.file("model.safetensors"),
                        testing::read_file(model_folder(wrong.model) + "/model.safetensors"));
    EXPECT_GT(difference(wrong.model, folder.path(), {}, kFloatActivations).max_abs, 10 * golden->tolerance)
        << wrong.model << ": " << wrong.field << " = " << dump_json(wrong.value);
  }
}

// Dense quantized linears on int8 activations, the default. An activation moves by at most 0.5/127 of its
// block's largest, about 2.5 standard deviations: uniform, so 0.5/127*2.5/sqrt(3) = 0.6% rms of a linear's
// output. A logit sees the linears of two layers, each at 0.4 or less of the stream, and a head of blocks:
// below 2%, and at no position five times that, a cosine of 1 - 0.1^2 / 2.
TEST_F(OracleTest, Int8ActivationsOfDenseLinearsStayNear) {
  for (const auto& [name, min_cosine] : {std::pair{"gguf_llama", 0.999}, std::pair{"gguf_mixed", 0.995}}) {
    const Difference d = difference(name, {}, {});
    RecordProperty(std::string("rms_relative_") + name, std::to_string(d.rms_relative));
    EXPECT_LT(d.rms_relative, 0.02) << name;
    EXPECT_GT(d.rms_relative, 1e-4) << name;  // int8 it was
    EXPECT_GT(d.min_cosine, min_cosine) << name;
    EXPECT_GE(d.top1_agreement, 0.9) << name;
  }
}

class BitLinearTest : public OracleTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    OracleTest::SetUp();
    auto opened = Safetensors::open_file(model_folder("bitnet_divide") + "/bit_linear.safetensors");
    ASSERT_TRUE(opened) << opened.error().message();
    golden_ = std::move(*opened);
  }
  /// A golden float32 tensor of the layer.
  std::vector<float> read(const std::string& key, std::vector<uint64_t>* shape = nullptr) const {
    const TensorEntry* entry = golden_->find(std::string(GetParam()) + "." + key);
    EXPECT_NE(entry, nullptr) << key;
    if (entry == nullptr) return {};
    EXPECT_EQ(entry->dtype, DType::kF32);
    std::vector<float> values(entry->elements());
    std::memcpy(values.data(), entry->bytes.data(), entry->bytes.size());
    if (shape != nullptr) *shape = entry->shape;
    return values;
  }

 private:
  std::unique_ptr<Safetensors> golden_;
};

// Given the oracle's own float32 input: the same int8, the same scale, the same integer sums; the output may
// differ by the roundings of acc/(a*s) against acc/a/s, two each.
TEST_P(BitLinearTest, SameInt8AndSameSums) {
  std::vector<uint64_t> in_shape, out_shape;
  const std::vector<float> x = read("x", &in_shape), q_oracle = read("q"), a_oracle = read("a");
  const std::vector<float> acc_oracle = read("acc", &out_shape), y_oracle = read("y");
  ASSERT_EQ(in_shape.size(), 2u);
  ASSERT_EQ(out_shape.size(), 2u);
  const size_t tokens = in_shape[0], cols = in_shape[1], rows = out_shape[1];

  const auto file = ModelFile::open(model_path("bitnet_divide"), {});
  ASSERT_TRUE(file) << file.error().message();
  const TensorEntry* packed = (*file)->tensors().find(std::string(GetParam()) + ".weight");
  ASSERT_NE(packed, nullptr);
  std::vector<int8_t> trits(rows * cols);
  ASSERT_TRUE(decode_hf(packed->bytes, rows, cols, trits.data()));
  const size_t row_bytes = t2_row_bytes(cols), padded = row_bytes * 4;
  AlignedBuffer<uint8_t> t2(rows * row_bytes), weights(t2x16_bytes(rows, cols));
  for (size_t r = 0; r < rows; ++r) encode_t2_row(trits.data() + r * cols, cols, t2.data() + r * row_bytes);
  for (size_t r = 0; r < rows; r += kT2GroupRows) {
    interleave_t2_group(t2.data() + r * row_bytes, row_bytes, std::min<size_t>(kT2GroupRows, rows - r),
                        weights.data() + r * row_bytes);
  }

  AlignedBuffer<int8_t> q(tokens * padded);
  std::vector<int32_t> q_sum(tokens);
  std::vector<float> a(tokens);
  for (size_t t = 0; t < tokens; ++t) {
    const float* row = x.data() + t * cols;
    ASSERT_EQ(kernels().act_quant(row, static_cast<int64_t>(cols), q.data() + t * padded,
                                  static_cast<int64_t>(padded), &a[t], &q_sum[t]),
              0);
    EXPECT_NEAR(a[t], a_oracle[t], 3 * kRounding * a_oracle[t]);
    for (size_t k = 0; k < cols; ++k) {
      EXPECT_EQ(q[t * padded + k], static_cast<int>(q_oracle[t * cols + k])) << t << ", " << k;
    }
  }

  // a = ws = 1 lays the integer sums open, which float32 holds exactly; then the real scales.
  const std::vector<float> ones(tokens, 1.0f);
  std::vector<float> y(tokens * rows);
  TernTernaryMatmul args{.weights = weights.data(),
                         .row_bytes = row_bytes,
                         .q = q.data(),
                         .q_stride = padded,
                         .q_sum = q_sum.data(),
                         .a = ones.data(),
                         .ws = 1.0f,
                         .divide = 0,
                         .tokens = static_cast<int32_t>(tokens),
                         .n_begin = 0,
                         .n_end = static_cast<int32_t>(rows),
                         .y = y.data(),
                         .y_stride = rows};
  kernels().ternary_matmul(&args);
  EXPECT_EQ(y, acc_oracle);

  const TensorEntry* scale = (*file)->tensors().find(std::string(GetParam()) + ".weight_scale");
  ASSERT_NE(scale, nullptr);
  ASSERT_EQ(scale->dtype, DType::kBF16);
  uint32_t bits = 0;  // bf16 is the upper half of a float32, little-endian in the file
  std::memcpy(reinterpret_cast<char*>(&bits) + 2, scale->bytes.data(), 2);
  std::memcpy(&args.ws, &bits, sizeof args.ws);
  args.a = a.data();
  args.divide = 1;
  kernels().ternary_matmul(&args);
  for (size_t i = 0; i < y.size(); ++i) {
    EXPECT_NEAR(y[i], y_oracle[i], 7 * kRounding * std::abs(y_oracle[i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, BitLinearTest,
                         ::testing::Values("model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "q_proj" : "down_proj");
                         });

}  // namespace
}  // namespace tern
