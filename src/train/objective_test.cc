#include "train/objective.h"

#include "train/cpu/cpu_ops.h"
#include "train/testing.h"
#include "train/torch_ops.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

/// Two rows of 20: pairs of documents with some targets, and padding.
Batch pairs_batch(Random& random, int64_t vocab) {
  Batch batch{
      .rows = 2, .row_tokens = 20, .ids = {}, .targets = {}, .positions = {}, .segments = {}, .parts = {}};
  for (int i = 0; i < 40; ++i) {
    batch.ids.push_back(static_cast<int32_t>(random.integer(0, vocab - 1)));
    batch.targets.push_back(-1);
  }
  batch.parts = {{0, 0, 7, 0, 10}, {0, 7, 9, 0, 11}, {1, 0, 5, 1, 4}, {1, 5, 11, 1, 5}};
  for (const Segment& part : batch.parts) {
    for (int32_t i = 3; i < part.length; ++i) {
      batch.targets[static_cast<size_t>(part.row * 20 + part.begin + i)] =
          static_cast<int32_t>(random.integer(0, vocab - 1));
    }
  }
  return batch;
}

class Objectives : public WithKernels {
 protected:
  Objectives() {
    make_lively(parameters_, 3);
    module_ = make_module(config_, parameters_, ops_, {LinearMode::kDense, false}).value();
    EXPECT_TRUE(module_->prepare(1));
  }
  ModelConfig config_ = tiny_config();
  Parameters parameters_{table_of(config_), at::kCPU};
  CpuOps ops_;
  std::unique_ptr<Module> module_;
  Random random_{4};
  Batch batch_ = pairs_batch(random_, config_.vocab);
};

TEST_F(Objectives, SegmentsAreTheBatchsParts) {
  const Segments segments = segments_of(batch_);
  ASSERT_EQ(segments.parts.size(), 4u);
  EXPECT_EQ(segments.parts[3].begin, 25);
  EXPECT_EQ(segments.parts[3].length, 11);
  EXPECT_EQ(tokens_of(batch_), 32);
}

TEST_F(Objectives, LossIsTheSumOverTargetsWhateverTheWeight) {
  const LanguageModelObjective objective;
  EXPECT_EQ(objective.units(batch_), 4 + 6 + 2 + 8);
  const StepSums sums = objective.run(*module_, batch_, 0.25).value();
  double expected = 0;
  for (const auto& [key, logprob] : sequence_logprobs(*module_, batch_)) expected -= logprob;
  EXPECT_NEAR(sums.loss, expected, 1e-4 * expected);
  const at::Tensor grads = parameters_.grads().clone();
  parameters_.grads().zero_();
  ASSERT_TRUE(objective.run(*module_, batch_, 0.5));
  EXPECT_LT(distance(parameters_.grads(), 2 * grads), 1e-6);
}

// Micro-batches add up to their batch.
TEST_F(Objectives, GradientsAccumulate) {
  const LanguageModelObjective objective;
  ASSERT_TRUE(objective.run(*module_, batch_, 1));
  const at::Tensor whole = parameters_.grads().clone();
  parameters_.grads().zero_();
  for (const int32_t row : {0, 1}) {
    Batch half = batch_;
    half.rows = 1;
    half.ids.assign(batch_.ids.begin() + row * 20, batch_.ids.begin() + (row + 1) * 20);
    half.targets.assign(batch_.targets.begin() + row * 20, batch_.targets.begin() + (row + 1) * 20);
    half.parts.clear();
    for (Segment part : batch_.parts) {
      if (part.row != row) continue;
      part.row = 0;
      half.parts.push_back(part);
    }
    ASSERT_TRUE(objective.run(*module_, half, 1));
  }
  EXPECT_LT(distance(parameters_.grads(), whole), 1e-5);
}

TEST_F(Objectives, DpoStartsAtLogTwoAndIsTheFormula) {
  const SequenceLogprobs reference = sequence_logprobs(*module_, batch_);
  ASSERT_EQ(reference.size(), 4u);
  const DpoObjective same(0.1, reference);
  EXPECT_EQ(same.units(batch_), 2);
  const StepSums start = same.run(*module_, batch_, 1).value();
  EXPECT_NEAR(start.loss, 2 * std::log(2.0), 1e-5);
  EXPECT_NEAR(start.margin, 0, 1e-5);

  SequenceLogprobs other = reference;
  other[{0, 10}] -= 3;  // the model likes this chosen answer better than the reference does,
  other[{1, 5}] -= 5;   // and this rejected one
  const StepSums sums = DpoObjective(0.1, other).run(*module_, batch_, 1).value();
  const double first = 0.3, second = -0.5;
  EXPECT_NEAR(sums.margin, first + second, 1e-5);
  EXPECT_EQ(sums.correct, 1);
  EXPECT_NEAR(sums.loss, std::log1p(std::exp(-first)) + std::log1p(std::exp(-second)), 1e-5);
}

TEST_F(Objectives, DpoGradientIsTorchs) {
  SequenceLogprobs reference = sequence_logprobs(*module_, batch_);
  reference[{0, 11}] += 20;
  const DpoObjective objective(0.1, reference);
  parameters_.grads().zero_();
  ASSERT_TRUE(objective.run(*module_, batch_, 0.5));
  const at::Tensor grads = parameters_.grads().clone();
  TorchOps torch;
  const auto module = make_module(config_, parameters_, torch, {LinearMode::kDense, false}).value();
  parameters_.grads().zero_();
  ASSERT_TRUE(objective.run(*module, batch_, 0.5));
  EXPECT_LT(distance(grads, parameters_.grads()), 1e-4);
}

TEST_F(Objectives, DpoWithoutAReferenceIsAnError) {
  const auto sums = DpoObjective(0.1, {}).run(*module_, batch_, 1);
  ASSERT_FALSE(sums);
  EXPECT_NE(sums.error().message().find("document 10 of source 0"), std::string::npos);
}

}  // namespace
}  // namespace tern::train
