#include "machine/roofline.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Roofline, WorkOfATest) {
  const ModelWork model{
      .body_bytes = 2000, .head_bytes = 100, .body_macs = 50, .head_macs = 3, .kv_bytes = 7, .hidden = 4};
  // A prompt of two passes, the second over 512 earlier positions; the head once.
  const TokenWork prompt = token_work(model, {true, 600, 0}, 512, {.bytes = 5000});
  EXPECT_DOUBLE_EQ(prompt.done.bytes, (5000 + 512 * 7) / 600.0);
  EXPECT_DOUBLE_EQ(prompt.dense.bytes, (2 * 2000 + 512 * 7 + 100) / 600.0);
  EXPECT_DOUBLE_EQ(prompt.done.operations, 2 * (600 * 50 + 3) / 600.0);
  EXPECT_DOUBLE_EQ(prompt.dense.operations, prompt.done.operations);
  // Two tokens decoded at depth 5: passes over 5 and 6 positions, a head each; 6 rows and 4 columns skipped.
  const WeightReads reads{
      .bytes = 3000, .up_rows = 10, .up_rows_read = 4, .down_columns = 10, .down_columns_read = 6};
  const TokenWork answer = token_work(model, {false, 2, 5}, 512, reads);
  EXPECT_DOUBLE_EQ(answer.done.bytes, 1500 + 5.5 * 7);
  EXPECT_DOUBLE_EQ(answer.dense.bytes, 2100 + 5.5 * 7);
  EXPECT_DOUBLE_EQ(answer.dense.operations, 2 * 53);
  EXPECT_DOUBLE_EQ(answer.done.operations, 2 * (53 - 10 * 4 / 2.0));
}

TEST(Roofline, TheSlowerOfReadingAndComputingBounds) {
  MachineLimits limits;
  limits.read_gbps = 10;
  limits.int8 = {{"slow", 50}, {"fast", 100}};
  EXPECT_DOUBLE_EQ(roofline_share({1e9, 1e9}, 5, limits), 0.5);
  EXPECT_TRUE(memory_bound({1e9, 1e9}, limits));
  EXPECT_DOUBLE_EQ(roofline_share({1e6, 10e9}, 5, limits), 0.5);
  EXPECT_FALSE(memory_bound({1e6, 10e9}, limits));
}

TEST(Roofline, WithoutAnInstructionOnlyReadingBounds) {
  MachineLimits limits;
  limits.read_gbps = 10;
  EXPECT_DOUBLE_EQ(roofline_speed({1e9, 1e15}, limits), 10);
  EXPECT_TRUE(memory_bound({1e9, 1e15}, limits));
}

TEST(Roofline, WindowedLayersReadTheirWindow) {
  const ModelWork model{.kv_bytes = 100, .window_kv_bytes = 10, .window = 50};
  EXPECT_DOUBLE_EQ(model.kv_read(0), 0);
  EXPECT_DOUBLE_EQ(model.kv_read(50), 50 * 110);
  EXPECT_DOUBLE_EQ(model.kv_read(51), 51 * 100 + 50 * 10);
  EXPECT_DOUBLE_EQ(token_work(model, {false, 2, 60}, 512, {}).dense.bytes, 60.5 * 100 + 50 * 10);
}

}  // namespace
}  // namespace tern
