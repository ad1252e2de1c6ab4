// Every dense block type as embedding, linears and head of a model.
#include <algorithm>

#include "kernels/dispatch.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

constexpr size_t kTokens = 9;

class DenseTypes : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }

  /// Every matrix in this type.
  static RawTensors blocks(const TinyModel& tiny, DType dtype) {
    RawTensors tensors = gguf_tensors(tiny, dtype);
    for (const TinyTensor& tensor : tiny.tensors) {
      if (tensor.spec.role == TensorRole::kNorm) continue;
      tensors[tensor.spec.gguf_name] = raw_floats(tensor, dtype);
    }
    return tensors;
  }
  /// The same weights in F32.
  static RawTensors floats(RawTensors tensors) {
    for (auto& [name, tensor] : tensors) {
      tensor.bytes = as_bytes(decoded(tensor), DType::kF32);
      tensor.dtype = DType::kF32;
    }
    return tensors;
  }
  std::string write(const std::string& name, const ModelConfig& config, const RawTensors& tensors) const {
    const std::string path = folder_.file(name);
    write_gguf(path, gguf_keys(config, "llama"), tensors);
    return path;
  }
  std::vector<float> logits(const std::string& path, bool dense_act_f32, int threads, size_t chunk) const {
    ThreadPool pool(threads);
    const auto file = ModelFile::open(path, {});
    EXPECT_TRUE(file) << (file ? "" : file.error().message());
    if (!file) return {};
    const auto model = Model::load(*file, {.dense_act_f32 = dense_act_f32}, &pool);
    EXPECT_TRUE(model) << (model ? "" : model.error().message());
    if (!model) return {};
    return run_tiny(**model, tiny_tokens((*model)->config(), kTokens, 4), chunk, threads);
  }

  TempFolder folder_;
};

ModelConfig small_config() {
  ModelConfig config = tiny_config_256("llama");
  config.layers = 1;
  config.tied_head = false;
  return config;
}

TEST_P(DenseTypes, FloatActivationsGiveTheBitsOfTheDecodedWeights) {
  const TinyModel tiny = make_tiny(small_config(), 11);
  const RawTensors tensors = blocks(tiny, GetParam());
  const std::string path = write("blocks.gguf", tiny.config, tensors);
  const std::vector<float> expected =
      logits(write("floats.gguf", tiny.config, floats(tensors)), true, 2, kTokens);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    EXPECT_TRUE(same_bits(logits(path, true, 2, kTokens), expected)) << isa_name(isa);
  }
}

// And they are not those of float activations, but near.
TEST_P(DenseTypes, Int8ActivationsGiveTheSameBitsHoweverTheyRun) {
  const TinyModel tiny = make_tiny(small_config(), 12);
  const std::string path = write("blocks.gguf", tiny.config, blocks(tiny, GetParam()));
  const std::vector<float> expected = logits(path, false, 1, kTokens),
                           floats = logits(path, true, 1, kTokens);
  EXPECT_FALSE(same_bits(expected, floats));
  double difference = 0, size = 0;
  for (size_t i = 0; i < floats.size(); ++i) {
    difference += std::pow(static_cast<double>(expected[i]) - floats[i], 2);
    size += std::pow(static_cast<double>(floats[i]), 2);
  }
  EXPECT_LT(std::sqrt(difference / size), 0.05);
  for (const Isa isa : supported_isas()) {
    select_kernels(isa);
    EXPECT_TRUE(same_bits(logits(path, false, 3, 1), expected)) << isa_name(isa);
    EXPECT_TRUE(same_bits(logits(path, false, 2, 4), expected)) << isa_name(isa);
  }
}

// A scale that is no number is found in the logits or on the way to them, never converted.
TEST_P(DenseTypes, ANonFiniteScaleIsAnError) {
  const TinyModel tiny = make_tiny(small_config(), 13);
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (const char* name : {"blk.0.attn_q.weight", "output.weight"}) {
      RawTensors tensors = blocks(tiny, GetParam());
      std::vector<uint8_t>& bytes = tensors[name].bytes;
      set_f16_scales(GetParam(), bytes.data(), bytes.size(), [bad](size_t) { return bad; });
      const std::unique_ptr<Model> model = load_model(write("bad.gguf", tiny.config, tensors));
      ASSERT_NE(model, nullptr);
      ThreadPool pool(1);
      TinyKv kv(model->config(), 1);
      const std::vector<int32_t> ids = {3};
      const SequenceChunk chunk{ids, 0, kv.view(), 0};
      std::vector<float> out(static_cast<size_t>(model->config().vocab));
      const Status status = model->forward({&chunk, 1}, &pool, out.data());
      ASSERT_FALSE(status) << name;
      EXPECT_EQ(status.error().code(), ErrorCode::kNonFinite) << status.error().message();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, DenseTypes, ::testing::ValuesIn(block_formats()),
                         [](const auto& info) { return std::string(dtype_info(info.param).name); });

}  // namespace
}  // namespace tern
