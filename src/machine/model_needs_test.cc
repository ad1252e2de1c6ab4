#include "machine/model_needs.h"

#include "engine/limits.h"
#include "engine/session.h"
#include "models/tiny_model.h"

namespace tern {
namespace {

class Needs : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }
  static std::shared_ptr<const ModelFile> open(std::string_view name) {
    auto file = ModelFile::open(testing::golden("models/" + std::string(name)), {});
    EXPECT_TRUE(file) << (file ? "" : file.error().message());
    return file ? *file : nullptr;
  }
  static ModelNeeds needs(const ModelFile& file, const EngineOptions& options,
                          Packing packing = Packing::kT2) {
    auto result = model_needs(file, options, packing, SystemFiles());
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result ? std::move(*result) : ModelNeeds();
  }
};

TEST_F(Needs, DefaultsAreTheEngines) {
  for (const char* model :
       {"bitnet_packed", "gguf_i2_s/model.gguf", "gguf_mixed/model.gguf", "gemma3_bf16"}) {
    const std::string path = testing::golden(std::string("models/") + model);
    const auto engine = Engine::open(path, {});
    ASSERT_TRUE(engine) << engine.error().message();
    const ModelNeeds told = needs((*engine)->file(), {});
    EXPECT_EQ(told.context, (*engine)->context()) << model;
    EXPECT_EQ(told.threads, (*engine)->pool()->threads()) << model;
    EXPECT_EQ(told.path, path);
    // A prompt reads every weight, and counts what it reads.
    Session session(**engine);
    const auto run = run_speed_test(**engine, &session, {true, 16, 0}, 512);
    ASSERT_TRUE(run) << run.error().message();
    EXPECT_EQ(run->reads.bytes, told.work.body_bytes + told.work.head_bytes) << model;
  }
}

TEST_F(Needs, TheCacheGrowsAsTold) {
  const auto file = open("gguf_i2_s/model.gguf");
  ASSERT_TRUE(file);
  uint64_t f32 = 0;
  for (const TernKvFormat kv : {TERN_KV_F32, TERN_KV_F16, TERN_KV_I8}) {
    EngineOptions options;
    options.kv = kv;
    const ModelNeeds told = needs(*file, options);
    KvCache cache(file->config(), kv, 128);
    ASSERT_TRUE(cache.reserve(128));
    EXPECT_EQ(told.kv_token * TERN_KV_PAGE, cache.view()->layout.page_bytes());
    EXPECT_EQ(told.whole() - told.loaded(), told.kv_token * static_cast<uint64_t>(told.context));
    if (kv == TERN_KV_F32) f32 = told.kv_token;
    EXPECT_LE(told.kv_token, f32);
    EXPECT_LE(told.smallest_kv_token, told.kv_token);
  }
}

TEST_F(Needs, OptionsCount) {
  ModelConfig config = testing::tiny_config_256("bitnet");
  config.head_dim = 160;
  config.hidden = config.ffn = 640;  // rows that are shorter in five trits a byte, whole groups at a time
  const testing::TinyModel tiny = testing::make_tiny(config, 1);
  const testing::TempFolder folder;
  const std::string path = folder.file("model.gguf");
  testing::write_gguf(path, testing::gguf_keys(config, "bitnet-b1.58"),
                      testing::gguf_tensors(tiny, DType::kI2_S));
  auto opened = ModelFile::open(path, {});
  ASSERT_TRUE(opened) << opened.error().message();
  const auto& file = *opened;
  EngineOptions options;
  options.context = 77;
  options.threads = 3;
  const ModelNeeds two_bits = needs(*file, options, Packing::kT2),
                   fewer = needs(*file, options, Packing::kT5);
  EXPECT_EQ(two_bits.context, 77);
  EXPECT_EQ(two_bits.threads, 3);
  EXPECT_TRUE(two_bits.ternary);
  EXPECT_LT(fewer.work.body_bytes, two_bits.work.body_bytes);
  EXPECT_LT(fewer.weights, two_bits.weights);
  EXPECT_EQ(fewer.work.body_macs, two_bits.work.body_macs);
}

TEST_F(Needs, OnlySquaredReluAndScreensSkip) {
  const auto bitnet = open("gguf_i2_s/model.gguf"), llama = open("llama_bf16");
  ASSERT_TRUE(bitnet && llama);
  EngineOptions options;
  options.load.head_screen = false;
  const ModelNeeds sparse = needs(*bitnet, options);
  const ModelConfig& config = bitnet->config();
  EXPECT_EQ(sparse.closed_gates.operations,
            static_cast<double>(4 * config.layers * config.ffn * config.hidden));
  EXPECT_GT(sparse.closed_gates.bytes, 0);
  EXPECT_LT(sparse.closed_gates.bytes, static_cast<double>(sparse.work.body_bytes));
  EXPECT_EQ(sparse.screened_head, 0);
  const ModelNeeds dense = needs(*llama, options);
  EXPECT_EQ(dense.skippable_bytes(), 0);
  EXPECT_FALSE(dense.ternary);
}

TEST_F(Needs, AScreenSavesWhatItDoesNotRead) {
  ModelConfig config = testing::tiny_config_256("llama");
  config.vocab = 2048;  // enough for a screen
  const testing::TempFolder folder;
  const std::string path = folder.file("model.gguf");
  testing::write_gguf(path, testing::gguf_keys(config, "llama"),
                      testing::gguf_tensors(testing::make_tiny(config, 1), DType::kF32));
  const auto engine = Engine::open(path, {});
  ASSERT_TRUE(engine) << engine.error().message();
  const ModelNeeds told = needs((*engine)->file(), {});
  const double head = 2048 * 256 * 4, screen = 2048 * 256 * 3 / 8 + 3 * 2048 * 4;
  EXPECT_EQ(told.work.head_bytes, head);
  EXPECT_EQ(told.screened_head, head - screen);
  EXPECT_EQ(told.closed_gates.bytes, 0);
}

TEST_F(Needs, WindowedLayersAreToldApart) {
  const auto file = open("gemma3_bf16");
  ASSERT_TRUE(file);
  const ModelNeeds told = needs(*file, {});
  EXPECT_GT(told.work.window, 0u);
  EXPECT_GT(told.work.window_kv_bytes, 0u);
  EXPECT_EQ(told.work.kv_bytes + told.work.window_kv_bytes, told.kv_token);
}

}  // namespace
}  // namespace tern
