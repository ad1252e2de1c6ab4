#include "eval/divergence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace tern {
namespace {

using Logits = std::vector<float>;

std::vector<long double> log_softmax(const Logits& logits) {
  const long double best = *std::max_element(logits.begin(), logits.end());
  long double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<long double>(logit) - best);
  std::vector<long double> logs;
  for (const float logit : logits) logs.push_back(static_cast<long double>(logit) - best - std::log(sum));
  return logs;
}

double exact_kl(const Logits& p, const Logits& q) {
  const auto log_p = log_softmax(p), log_q = log_softmax(q);
  long double kl = 0;
  for (size_t i = 0; i < p.size(); ++i) kl += std::exp(log_p[i]) * (log_p[i] - log_q[i]);
  return static_cast<double>(kl);
}

Logits draw(size_t n, float spread, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(-2.0f, spread);
  Logits logits(n);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

std::vector<LogitCode> codes_of(const Logits& logits) {
  std::vector<LogitCode> codes(logits.size());
  encode_logits(logits, codes);
  return codes;
}

Divergence measure(const Logits& saved, const Logits& logits, int32_t target = 0) {
  static const DivergenceMeter meter;
  const auto divergence = meter.measure(codes_of(saved), logits, log_normalizer(logits), target);
  EXPECT_TRUE(divergence);
  return *divergence;
}

/// A code moves log p_i - log p_best by at most half a code (a whole one where a tie with the best is
/// broken), so that KL, whose derivative by log p_i is p_i (log p_i - log q_i - KL), moves by at most as much
/// times the mean of |log p_i - log q_i - KL| under P, and half the square of the step.
double tolerance(const Logits& p, const Logits& q) {
  const auto log_p = log_softmax(p), log_q = log_softmax(q);
  const long double kl = exact_kl(p, q);
  long double mean = 0;
  for (size_t i = 0; i < p.size(); ++i) mean += std::exp(log_p[i]) * std::abs(log_p[i] - log_q[i] - kl);
  const double step = 1 / kCodesPerNat;
  return step * static_cast<double>(mean) + step * step;
}

TEST(Divergence, IsThatOfExtendedPrecision) {
  for (const float spread : {0.001f, 0.5f, 2.0f, 8.0f}) {
    for (const size_t n : {2, 3, 64, 97, 1000, 5000}) {
      const Logits p = draw(n, spread, 1), other = draw(n, spread, 2);
      for (const float share : {0.0f, 0.001f, 0.1f, 1.0f}) {
        Logits q = p;
        for (size_t i = 0; i < n; ++i) q[i] += share * (other[i] - p[i]);
        const int32_t target = static_cast<int32_t>(n / 2);
        const Divergence d = measure(p, q, target);
        EXPECT_NEAR(d.kl, exact_kl(p, q), tolerance(p, q)) << spread << ", " << n << ", " << share;
        EXPECT_GT(d.kl, -1e-12);
        const auto log_p = log_softmax(p);
        const double lowest = static_cast<double>(*std::max_element(log_p.begin(), log_p.end())) - 32;
        EXPECT_NEAR(d.saved_logprob, std::max(static_cast<double>(log_p[n / 2]), lowest), 1.5 / kCodesPerNat);
      }
    }
  }
}

// The codes sum to 1 by definition, so that what they round is of second order.
TEST(Divergence, OfAModelFromItselfIsNextToNothing) {
  for (const float spread : {0.5f, 2.0f, 8.0f}) {
    const Logits logits = draw(5000, spread, 3);
    const Divergence d = measure(logits, logits);
    EXPECT_TRUE(d.same_top);
    EXPECT_LT(d.kl, 1e-7);
    EXPECT_GT(d.kl, -1e-12);
  }
}

TEST(Divergence, TopTokens) {
  EXPECT_TRUE(measure({1, 3, 2}, {0, 9, 1}).same_top);
  EXPECT_FALSE(measure({1, 3, 2}, {0, 1, 9}).same_top);
  EXPECT_TRUE(measure({3, 3, 2}, {3, 3, 3}).same_top) << "the lowest id among equals";
  EXPECT_FALSE(measure({3, 3, 2}, {2, 3, 3}).same_top);
}

TEST(Divergence, HugeLogitsAreNumbersStill) {
  const Divergence d = measure({3e38f, -3e38f, 0}, {-3e38f, 3e38f, 0});
  EXPECT_TRUE(std::isfinite(d.kl));
  EXPECT_GT(d.kl, 1e38);
}

TEST(Divergence, RowsWithoutOneTopTokenAreRefused) {
  const DivergenceMeter meter;
  const Logits logits = {1, 2, 3};
  for (const std::vector<LogitCode>& codes :
       std::vector<std::vector<LogitCode>>{{1, 1, 1}, {0, 5, 0}, {0, 0, 0}, {65535, 65535, 65535}}) {
    const auto divergence = meter.measure(codes, logits, log_normalizer(logits), 0);
    ASSERT_FALSE(divergence);
    EXPECT_EQ(divergence.error().code(), ErrorCode::kBadFile);
  }
}

TEST(Divergence, Summary) {
  DivergenceTotals totals;
  for (int i = 100; i >= 0; --i)
    totals.add({.kl = i / 100.0, .saved_logprob = i % 2 == 0 ? -1.0 : -3.0, .same_top = i < 25});
  const DivergenceSummary summary = totals.summarize();
  EXPECT_DOUBLE_EQ(summary.mean, 0.5);
  EXPECT_DOUBLE_EQ(summary.median, 0.5);
  EXPECT_DOUBLE_EQ(summary.p99, 0.99);
  EXPECT_DOUBLE_EQ(summary.max, 1.0);
  EXPECT_DOUBLE_EQ(summary.same_top, 25.0 / 101);
  // The variance of 0 .. n-1 is (n^2 - 1)/12, of a sample n/(n - 1) times that.
  const double variance = (101.0 * 101 - 1) / 12 * 101 / 100 / 1e4;
  EXPECT_NEAR(summary.standard_error, std::sqrt(variance / 101), 1e-15);
  EXPECT_NEAR(summary.saved_perplexity, std::exp((51 * 1.0 + 50 * 3.0) / 101), 1e-12);

  DivergenceTotals two;
  two.add({.kl = 1});
  two.add({.kl = 3});
  EXPECT_EQ(two.summarize().median, 2);
  EXPECT_NEAR(two.summarize().p99, 2.98, 1e-12);
}

}  // namespace
}  // namespace tern
