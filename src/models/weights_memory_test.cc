// What weights_memory() tells from a file's header is what loading takes.
#include "models/tiny_model.h"
#include "models/weights.h"

namespace tern {
namespace {

using namespace testing;

class WeightsMemory : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }

  void expect_told(const std::string& path, const LoadOptions& options) {
    SCOPED_TRACE(path);
    ThreadPool pool(2);
    const auto file = ModelFile::open(path, {});
    ASSERT_TRUE(file) << file.error().message();
    const auto told = weights_memory(**file, options);
    ASSERT_TRUE(told) << told.error().message();
    const auto weights = load_weights(**file, options, &pool);
    ASSERT_TRUE(weights) << weights.error().message();
    const Head& head = *weights->head;
    const HeadScreen* const screen = head.screen();
    const uint64_t head_bytes = screen != nullptr ? screen->bytes() : head.linear().bytes();
    const uint64_t taken = weights->memory.taken() + head_bytes;
    // Arenas round up to 64 bytes, three layouts a linear; a head's bytes() leave out what fills up its last
    // group.
    const uint64_t padding = 64 * 3 * (*file)->table().size();
    EXPECT_GE(*told + padding, taken);
    EXPECT_LE(*told, taken + 16 * head.linear().row_bytes);
    EXPECT_GT(*told, 16 * head.linear().row_bytes + padding) << "the model is too small for this test";
  }
  TempFolder folder_;
};

TEST_F(WeightsMemory, OfTernaryModels) {
  const TinyModel tiny = make_tiny(tiny_config_256("bitnet"), 1);
  for (const DType type : {DType::kI2_S, DType::kTQ1_0}) {
    const std::string path = folder_.file(std::string(dtype_info(type).name) + ".gguf");
    write_gguf(path, gguf_keys(tiny.config, "bitnet-b1.58"), gguf_tensors(tiny, type));
    for (const Packing packing : {Packing::kT2, Packing::kT5}) expect_told(path, {.packing = packing});
  }
}

TEST_F(WeightsMemory, OfDenseModels) {
  const TinyModel tiny = make_tiny(tiny_config_256("llama"), 2);
  for (const DType type : {DType::kF16, DType::kQ8_0, DType::kQ6_K}) {
    const std::string path = folder_.file(std::string(dtype_info(type).name) + ".gguf");
    write_gguf(path, gguf_keys(tiny.config, "llama"), gguf_tensors(tiny, type));
    expect_told(path, {});
    expect_told(path, {.dense_act_f32 = true});
  }
}

TEST_F(WeightsMemory, OfAHeadWithItsScreen) {
  ModelConfig config = tiny_config_256("llama");
  config.vocab = 2001;  // enough for a screen, no whole group
  const TinyModel tiny = make_tiny(config, 3);
  const std::string path = folder_.file("head.gguf");
  write_gguf(path, gguf_keys(config, "llama"), gguf_tensors(tiny, DType::kQ8_0));
  expect_told(path, {});
  expect_told(path, {.head_screen = false});
  const auto file = ModelFile::open(path, {});
  ASSERT_TRUE(file);
  EXPECT_LT(*weights_memory(**file, {}), *weights_memory(**file, {.head_screen = false}));
}

}  // namespace
}  // namespace tern
