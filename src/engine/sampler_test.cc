#include "engine/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <ostream>
#include <random>

#include "base/math_f64.h"

namespace tern {
namespace {

TEST(Math, AgreesWithLibm) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-699, 700), positive(1e-12, 1e12);
  for (int i = 0; i < 20000; ++i) {
    const double x = exponent(random);
    EXPECT_NEAR(exp_f64(x) / std::exp(x), 1.0, 1e-14) << x;
    const double y = positive(random);
    EXPECT_NEAR(log_f64(y), std::log(y), 1e-14 * std::max(1.0, std::fabs(std::log(y)))) << y;
  }
  EXPECT_EQ(exp_f64(0.0), 1.0);
  EXPECT_EQ(log_f64(1.0), 0.0);
}

// The known answer of Philox 4x32-10 for counter 0 and key 0 (Random123's kat_vectors): 6627e8d5 e169c58d ...
TEST(Uniform, KnownAnswer) {
  EXPECT_EQ(uniform_at(0, 0), static_cast<double>(0xe169c58d6627e8d5ull >> 11) * 0x1p-53);
  EXPECT_NE(uniform_at(0, 1), uniform_at(0, 0));
  EXPECT_NE(uniform_at(1, 0), uniform_at(0, 0));
}

TEST(Sample, GreedyTakesTheLowestIdAmongEquals) {
  const std::vector<float> logits = {1.0f, 5.0f, -2.0f, 5.0f};
  EXPECT_EQ(sample(logits, {}, {}, 7), 1);
}

TEST(LogitCut, WhatItLeavesOutChangesNoToken) {
  constexpr float kDropped = -std::numeric_limits<float>::infinity();
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 3);
  for (const SamplerOptions& options : std::vector<SamplerOptions>{
           {},
           {.temperature = 0.7f, .top_k = 1},
           {.temperature = 1.0f, .top_k = 8},
           {.temperature = 2.0f, .top_k = 20, .top_p = 0.8f},
           {.temperature = 1.5f, .top_k = 20, .top_p = 0.9f, .min_p = 0.05f},
           {.temperature = 0.8f, .min_p = 0.1f},
           {.temperature = 3.0f, .min_p = 0.01f},
           {.temperature = 1.0f, .min_p = 1.0f},
           {.bias = {{3, -100.0f}}},
           {.bias = {{3, 2.0f}, {50, 1.5f}, {99, -0.5f}}},
           {.temperature = 1.0f, .top_k = 3, .bias = {{0, 1.25f}, {1, -4.0f}, {2, 3.0f}}},
           {.temperature = 0.8f, .min_p = 0.1f, .bias = {{40, 2.5f}, {41, -100.0f}}},
       }) {
    const std::optional<LogitCut> cut = logit_cut(options);
    ASSERT_TRUE(cut);
    size_t dropped = 0;
    for (uint64_t position = 0; position < 300; ++position) {
      std::vector<float> logits(100);
      for (float& logit : logits) logit = std::round(4 * normal(random)) / 4;  // with ties
      std::vector<float> sorted = logits;
      std::sort(sorted.rbegin(), sorted.rend());
      std::vector<float> some = logits;
      for (float& logit : some) {
        if (logit >= sorted[static_cast<size_t>(cut->top) - 1] - cut->window) continue;
        logit = kDropped;
        ++dropped;
      }
      ASSERT_EQ(sample(some, options, {}, position), sample(logits, options, {}, position));
    }
    EXPECT_GT(dropped, 0u);
  }
}

TEST(LogitCut, NoneWhereAllLogitsCount) {
  EXPECT_FALSE(logit_cut({.repetition_penalty = 1.1f}));
  EXPECT_FALSE(logit_cut({.presence_penalty = 0.1f}));
  EXPECT_FALSE(logit_cut({.frequency_penalty = -0.1f}));
  EXPECT_FALSE(logit_cut({.temperature = 1.0f, .bias = {{1, 1.0f}}}));
  EXPECT_TRUE(logit_cut({.bias = std::vector<LogitBias>(1023)}));
  EXPECT_FALSE(logit_cut({.bias = std::vector<LogitBias>(1024)}));
  EXPECT_FALSE(logit_cut({.temperature = 1.0f}));
  EXPECT_FALSE(logit_cut({.temperature = 1.0f, .top_p = 0.9f}));
  EXPECT_FALSE(logit_cut({.temperature = 1.0f, .top_p = 0.9f, .min_p = 0.1f}));
  EXPECT_TRUE(logit_cut({.temperature = 1.0f, .top_k = 1024}));
  EXPECT_FALSE(logit_cut({.temperature = 1.0f, .top_k = 1025}));
}

TEST(Sample, RepetitionPenaltyOnBothSigns) {
  const std::vector<float> logits = {4.0f, 3.0f, -1.0f};
  const std::vector<int32_t> history = {0, 0, 2};
  EXPECT_EQ(sample(logits, {.repetition_penalty = 2.0f}, {history, {}}, 0), 1);  // 4/2 < 3
  const std::vector<float> negative = {-1.0f, -1.5f};
  const std::vector<int32_t> first = {0};
  EXPECT_EQ(sample(negative, {.repetition_penalty = 2.0f}, {{}, first}, 0), 1);  // -1*2 < -1.5
}

/// Probabilities by the textbook, in libm's double arithmetic.
std::map<int32_t, double> expected_distribution(const std::vector<float>& logits, const SamplerOptions& o) {
  std::vector<std::pair<double, int32_t>> sorted;
  for (size_t i = 0; i < logits.size(); ++i)
    sorted.emplace_back(logits[i] / o.temperature, static_cast<int32_t>(i));
  std::sort(sorted.rbegin(), sorted.rend());
  if (o.top_k > 0) sorted.resize(std::min<size_t>(sorted.size(), o.top_k));
  double sum = 0;
  for (auto& [score, id] : sorted) sum += score = std::exp(score);
  double cumulative = 0, kept = 0;
  std::map<int32_t, double> result;
  const double best = sorted[0].first;
  for (const auto& [weight, id] : sorted) {
    if (cumulative / sum >= o.top_p || weight < o.min_p * best) break;
    cumulative += weight;
    result[id] = weight;
    kept += weight;
  }
  for (auto& [id, weight] : result) weight /= kept;
  return result;
}

struct DistributionCase {
  const char* name;
  SamplerOptions options;
};
void PrintTo(const DistributionCase& test, std::ostream* out) {
  *out << test.name;
}

class SampleDistribution : public testing::TestWithParam<DistributionCase> {};

TEST_P(SampleDistribution, MatchesTheTextbook) {
  const std::vector<float> logits = {0.1f, 2.0f, -1.0f, 1.5f, 0.7f, -3.0f, 1.9f, 0.0f, 0.35f, -0.2f};
  const auto expected = expected_distribution(logits, GetParam().options);
  constexpr int kDraws = 40000;
  std::map<int32_t, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[sample(logits, GetParam().options, {}, static_cast<uint64_t>(i))];
  for (const auto& [id, count] : counts)
    EXPECT_TRUE(expected.contains(id)) << "token " << id << " was cut off";
  for (const auto& [id, p] : expected) {
    // Five standard deviations of a binomial share.
    EXPECT_NEAR(counts[id] / static_cast<double>(kDraws), p, 5 * std::sqrt(p * (1 - p) / kDraws))
        << "token " << id;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Options, SampleDistribution,
    testing::Values(DistributionCase{"plain", {.temperature = 1.0f}},
                    DistributionCase{"cool", {.temperature = 0.5f}},
                    DistributionCase{"top_k", {.temperature = 2.0f, .top_k = 3}},
                    DistributionCase{"top_p", {.temperature = 1.0f, .top_p = 0.6f}},
                    DistributionCase{"min_p", {.temperature = 1.0f, .min_p = 0.3f}},
                    DistributionCase{"all", {.temperature = 1.3f, .top_k = 6, .top_p = 0.9f, .min_p = 0.2f}}),
    [](const auto& test) { return test.param.name; });

// Logits divided by such numbers overflow float, and what is left of the distribution is its best token.
TEST(Sample, SurvivesExtremeOptions) {
  const std::vector<float> logits = {-20.0f, 3.0f, 25.0f, 24.9f, -1.0f};
  for (const float tiny : {1e-3f, 1e-30f, 1e-38f, 1e-45f}) {
    for (uint64_t position = 0; position < 100; ++position) {
      EXPECT_EQ(sample(logits, {.temperature = tiny}, {}, position), 2) << tiny;
      EXPECT_EQ(sample(logits, {.temperature = tiny, .top_p = 0.9f, .min_p = 0.1f}, {}, position), 2) << tiny;
    }
  }
  const std::vector<int32_t> history = {1, 3};
  EXPECT_EQ(sample(logits, {.temperature = 1.0f, .repetition_penalty = 1e-38f}, {history, {}}, 0), 3);
}

TEST(Sample, DependsOnSeedAndPositionOnly) {
  std::vector<float> logits(100);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i % 7);
  const SamplerOptions options{.temperature = 1.0f, .seed = 42};
  const std::vector<int32_t> some = {1, 2};
  EXPECT_EQ(sample(logits, options, {}, 3), sample(logits, options, {some, some}, 3));
}

TEST(Options, OutOfRangeIsNamed) {
  const auto message = [](const SamplerOptions& o) {
    const Status status = check_sampler_options(o);
    return status ? std::string("accepted") : status.error().message();
  };
  EXPECT_NE(message({.temperature = -1.0f}).find("temperature"), std::string::npos);
  EXPECT_NE(message({.temperature = std::nanf("")}).find("temperature"), std::string::npos);
  EXPECT_NE(message({.top_k = -1}).find("top-k"), std::string::npos);
  EXPECT_NE(message({.top_p = 0.0f}).find("top-p"), std::string::npos);
  EXPECT_NE(message({.min_p = 1.5f}).find("min-p"), std::string::npos);
  EXPECT_NE(message({.repetition_penalty = 0.0f}).find("repetition"), std::string::npos);
  EXPECT_NE(message({.presence_penalty = 2.1f}).find("presence penalty 2.1"), std::string::npos);
  EXPECT_NE(message({.presence_penalty = std::nanf("")}).find("presence"), std::string::npos);
  EXPECT_NE(message({.frequency_penalty = -2.1f}).find("frequency penalty -2.1"), std::string::npos);
  EXPECT_NE(message({.bias = {{1, 1.0f}, {2, 100.5f}}}).find("bias 100.5"), std::string::npos);
  EXPECT_EQ(message({.presence_penalty = -2, .frequency_penalty = 2, .bias = {{1, -100.0f}}}), "accepted");
  EXPECT_EQ(message({}), "accepted");
}

TEST(Options, BiasedIdsAreOfTheVocabularyAndOnce) {
  const auto message = [](std::vector<LogitBias> bias) {
    const Status status = check_bias_ids({.bias = std::move(bias)}, 50);
    return status ? std::string("accepted") : status.error().message();
  };
  EXPECT_EQ(message({}), "accepted");
  EXPECT_EQ(message({{0, 1}, {49, 1}}), "accepted");
  EXPECT_NE(message({{50, 1}}).find("id 50 is outside the vocabulary of 50"), std::string::npos);
  EXPECT_NE(message({{-1, 1}}).find("id -1 is outside"), std::string::npos);
  EXPECT_NE(message({{7, 1}, {3, 1}, {7, 2}}).find("id 7 is given twice"), std::string::npos);
}

}  // namespace
}  // namespace tern
