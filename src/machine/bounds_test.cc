#include "machine/bounds.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

MachineLimits limits(int threads, double gbps, double gops) {
  MachineLimits result;
  result.threads = threads;
  result.read_gbps = gbps;
  result.cpu_share = 1;
  if (gops > 0) result.int8 = {{"slower", gops / 2}, {"fastest", gops}};
  return result;
}

/// 1 GB of weights, a quarter of it the head; 100 kB of keys and values a token.
ModelNeeds model() {
  ModelNeeds needs;
  needs.work.body_bytes = 750'000'000;
  needs.work.head_bytes = 250'000'000;
  needs.work.body_macs = 3'000'000'000;
  needs.work.head_macs = 500'000'000;
  needs.work.kv_bytes = 100'000;
  needs.threads = 4;
  needs.context = 1001;
  return needs;
}

TEST(Bounds, OfDecodingAreReadingByTheBytes) {
  const ModelBounds bounds =
      model_bounds(model(), {limits(1, 10, 1000), limits(2, 19, 2000), limits(4, 19.5, 4000)});
  EXPECT_DOUBLE_EQ(bounds.decode.tokens_s, 19.5);
  EXPECT_TRUE(bounds.decode.by_memory);
  EXPECT_EQ(bounds.decode.threads, 4);
  EXPECT_EQ(bounds.enough_threads, 2) << "2 threads are within 5% of the best";
  EXPECT_FALSE(bounds.skipping);
  // 1000 positions lie before the context's last token.
  EXPECT_DOUBLE_EQ(bounds.decode_full.tokens_s, 19.5e9 / 1.1e9);
}

TEST(Bounds, OfPromptsAreArithmetic) {
  const ModelBounds bounds = model_bounds(model(), {limits(4, 1000, 4000)});
  ASSERT_TRUE(bounds.prompt);
  EXPECT_FALSE(bounds.prompt->by_memory);
  // The head once in 512 tokens.
  EXPECT_DOUBLE_EQ(bounds.prompt->tokens_s, 4000e9 / (2 * (3e9 + 5e8 / 512)));
  EXPECT_FALSE(bounds.decode.by_memory) << "7 GOP at 4000 GOPS take longer than 1 GB at 1000 GB/s";
  EXPECT_DOUBLE_EQ(bounds.decode.tokens_s, 4000.0 / 7);
}

TEST(Bounds, OfAShortContextTakeAShortPrompt) {
  ModelNeeds needs = model();
  needs.context = 1;
  const ModelBounds bounds = model_bounds(needs, {limits(4, 10, 4000)});
  EXPECT_DOUBLE_EQ(bounds.prompt->tokens_s, 10) << "one token reads everything";
  EXPECT_DOUBLE_EQ(bounds.decode_full.tokens_s, bounds.decode.tokens_s);
}

TEST(Bounds, WithoutInt8InstructionsOnlyReadingIsKnown) {
  const ModelBounds bounds = model_bounds(model(), {limits(1, 10, 0)});
  EXPECT_FALSE(bounds.prompt);
  EXPECT_DOUBLE_EQ(bounds.decode.tokens_s, 10);
  EXPECT_TRUE(bounds.decode.by_memory);
}

TEST(Bounds, WithWhatMayBeSkipped) {
  ModelNeeds needs = model();
  needs.closed_gates = {400'000'000, 2e9};
  needs.screened_head = 100'000'000;
  const ModelBounds bounds = model_bounds(needs, {limits(1, 10, 1e6)});
  ASSERT_TRUE(bounds.skipping);
  EXPECT_DOUBLE_EQ(bounds.skipping->tokens_s, 20);
  EXPECT_DOUBLE_EQ(bounds.skipping->work.operations, 5e9);
}

TEST(Bounds, AreThoseOfTheThreadsThatRun) {
  const std::vector<MachineLimits> all = {limits(1, 10, 100), limits(2, 20, 200), limits(8, 60, 800)};
  ModelNeeds needs = model();
  for (const auto& [threads, expected] : {std::pair{1, 1}, {2, 2}, {4, 2}, {8, 8}, {99, 8}}) {
    needs.threads = threads;
    EXPECT_EQ(model_bounds(needs, all).decode.threads, expected);
    EXPECT_EQ(model_bounds(needs, all).enough_threads, 8);
  }
}

}  // namespace
}  // namespace tern
