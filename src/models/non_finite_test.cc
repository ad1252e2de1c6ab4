// A NaN or infinity on the way to a logit is an error that names its place, never a number.
#include <cmath>

#include "models/tiny_model.h"

namespace tern {
namespace {

using namespace testing;

class NonFinite : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }

  void write(const std::string& mode, const RawTensors& tensors) {
    write_hf(folder_.file("model"), hf_config(config_, mode), tensors);
    model_ = load_model(folder_.file("model"));
    ASSERT_NE(model_, nullptr);
  }
  /// Tokens 4, 6, 5 from an empty cache, logits of all.
  Status forward(TernKvFormat format = TERN_KV_F16) const {
    ThreadPool pool(2);
    TinyKv kv(config_, 64, format);
    const std::vector<int32_t> ids = {4, 6, 5};
    std::vector<float> logits(ids.size() * static_cast<size_t>(config_.vocab));
    const SequenceChunk chunk{ids, 0, kv.view(), 0};
    return model_->forward({&chunk, 1}, &pool, logits.data());
  }
  static void expect_named(const Status& status, std::string_view place, std::string_view position = "") {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kNonFinite);
    EXPECT_NE(status.error().message().find(place), std::string::npos) << status.error().message();
    EXPECT_NE(status.error().message().find(position), std::string::npos) << status.error().message();
  }
  static void set(RawTensor& tensor, size_t index, float value) {
    std::memcpy(tensor.bytes.data() + index * sizeof value, &value, sizeof value);
  }

  TempFolder folder_;
  ModelConfig config_ = tiny_config("llama");
  std::unique_ptr<Model> model_;
};

TEST_F(NonFinite, EmbeddingOfOneToken) {
  const TinyModel tiny = make_tiny(config_, 1);
  for (const char* mode : {"packed", "dense"}) {  // int8 and float activations
    RawTensors tensors = hf_tensors(tiny, mode == std::string("packed"));
    set(tensors["model.embed_tokens.weight"], 5 * 40, INFINITY);
    write(mode, tensors);
    expect_named(forward(), "model.layers.0.self_attn.q_proj", "position 2");
  }
}

TEST_F(NonFinite, BlockActivations) {
  ModelConfig config = tiny_config_256("llama");
  RawTensors tensors = gguf_tensors(make_tiny(config, 1), DType::kQ8_0);
  set(tensors["token_embd.weight"], 6 * 256, NAN);
  write_gguf(folder_.file("model.gguf"), gguf_keys(config, "llama"), tensors);
  config_ = config;
  model_ = load_model(folder_.file("model.gguf"));
  ASSERT_NE(model_, nullptr);
  expect_named(forward(), "model.layers.0.self_attn.q_proj", "position 1");
}

TEST_F(NonFinite, KeysThatOverflowTheCache) {
  TinyModel tiny = make_tiny(config_, 2);
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.name != "model.layers.1.self_attn.v_proj.weight") continue;
    for (float& value : tensor.values) value *= 1e7f;
  }
  write("dense", hf_tensors(tiny, false));
  expect_named(forward(), "layer 1");
  EXPECT_TRUE(forward(TERN_KV_F32));
  EXPECT_TRUE(forward(TERN_KV_I8));  // whose scale is a float32
}

TEST_F(NonFinite, KeysThatOverflowEveryCache) {
  TinyModel tiny = make_tiny(config_, 2);
  for (TinyTensor& tensor : tiny.tensors) {
    if (tensor.spec.name != "model.layers.1.self_attn.k_proj.weight") continue;
    for (float& value : tensor.values) value *= 3e38f;
  }
  RawTensors tensors = hf_tensors(tiny, false);
  write("dense", tensors);
  for (const TernKvFormat format : {TERN_KV_F16, TERN_KV_F32, TERN_KV_I8})
    expect_named(forward(format), "layer 1");
}

TEST_F(NonFinite, Logits) {
  config_.tied_head = false;
  RawTensors tensors = hf_tensors(make_tiny(config_, 3), false);
  set(tensors["lm_head.weight"], 52 * 40 + 39, NAN);
  write("dense", tensors);
  expect_named(forward(), "lm_head.weight", "position 0");
}

}  // namespace
}  // namespace tern
