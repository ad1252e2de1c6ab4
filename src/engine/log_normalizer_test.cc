#include "engine/log_normalizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace tern {
namespace {

long double log_sum(const std::vector<float>& logits) {
  const long double best = *std::max_element(logits.begin(), logits.end());
  long double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<long double>(logit) - best);
  return std::log(sum);
}

// libm's extended precision is the oracle. n additions of the sum round n times at most.
TEST(LogNormalizers, IsThatOfExtendedPrecision) {
  std::mt19937 random(1);
  for (const float spread : {0.0f, 0.01f, 1.0f, 10.0f, 100.0f, 3000.0f, 1e30f}) {
    for (const size_t n : {1, 2, 63, 64, 65, 127, 128, 130, 1000, 5003}) {
      std::normal_distribution<float> draw(3.0f, std::max(spread, 1e-30f));
      std::vector<float> logits(n);
      for (float& logit : logits) logit = draw(random);
      const LogNormalizer normalizer = log_normalizer(logits);
      EXPECT_EQ(normalizer.best, *std::max_element(logits.begin(), logits.end()));
      const auto bound = static_cast<double>(n + 4) * 0x1p-52;
      EXPECT_NEAR(normalizer.log_sum, static_cast<double>(log_sum(logits)), bound) << n << ", " << spread;
      EXPECT_EQ(normalizer.log_probability(logits[n / 2]),
                (static_cast<double>(logits[n / 2]) - normalizer.best) - normalizer.log_sum);
    }
  }
}

// One exponential at a time: the sum is 1 + exp(x).
TEST(LogNormalizers, EveryExponentIsRight) {
  for (float x = 0; x > -36; x -= 0.0137f) {
    const std::vector<float> logits = {x + 5, 5};
    const long double exact = std::log1p(std::exp(static_cast<long double>(logits[0]) - 5));
    EXPECT_NEAR(log_normalizer(logits).log_sum, static_cast<double>(exact), 4 * 0x1p-52) << x;
  }
}

TEST(LogNormalizers, FarBelowIsNothing) {
  EXPECT_EQ(log_normalizer(std::vector<float>{3e38f, -3e38f, 0}).log_sum, 0);
  EXPECT_EQ(log_normalizer(std::vector<float>{-5}).log_sum, 0);
}

// The bits themselves, so that a compiler or a machine that computes otherwise is found.
TEST(LogNormalizers, HasTheseBits) {
  std::vector<float> logits(1000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 7919 % 1000) * -0.03125f;
  EXPECT_EQ(std::bit_cast<uint64_t>(log_normalizer(logits).log_sum), 0x400bd9be696ed386u);
}

}  // namespace
}  // namespace tern
