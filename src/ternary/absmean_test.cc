// absmean against an independent computation, lane by lane as docs/numerics.md words it.
#include "ternary/absmean.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace tern {
namespace {

// Rule 6, read naively: strided lanes, then the tree.
float reference_scale(const std::vector<float>& w) {
  if (w.empty()) return 1e-5f;
  std::vector<double> lanes;
  for (size_t lane = 0; lane < 16; ++lane) {
    double sum = 0;
    for (size_t i = lane; i < w.size(); i += 16) sum += std::abs(static_cast<double>(w[i]));
    lanes.push_back(sum);
  }
  while (lanes.size() > 1) {
    std::vector<double> next;
    for (size_t i = 0; i < lanes.size() / 2; ++i) next.push_back(lanes[i] + lanes[i + lanes.size() / 2]);
    lanes = next;
  }
  return std::max(static_cast<float>(lanes[0] / static_cast<double>(w.size())), 1e-5f);
}

std::vector<int8_t> reference_trits(const std::vector<float>& w, float ws) {
  const volatile float inverse = 1.0f / ws;
  std::vector<int8_t> trits;
  for (const float x : w) {
    const volatile float t = x * inverse;
    trits.push_back(
        static_cast<int8_t>(std::max(-1.0f, std::min(1.0f, std::nearbyint(static_cast<float>(t))))));
  }
  return trits;
}

std::vector<float> random_weights(size_t n, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 1);
  const float size = std::exp2(static_cast<float>(static_cast<int>(random() % 40) - 30));
  std::vector<float> w(n);
  for (float& x : w) x = normal(random) * size * (random() % 50 == 0 ? 100.0f : 1.0f);
  return w;
}

TEST(Absmean, AgreesWithTheNaiveLanesAndALongDoubleSum) {
  std::mt19937 random(2);
  for (size_t n = 1; n < 400; ++n) {
    const auto w = random_weights(n, random);
    const auto ws = absmean_scale(w);
    ASSERT_TRUE(ws);
    EXPECT_EQ(*ws, reference_scale(w)) << n;
    long double sum = 0;
    for (const float x : w) sum += std::abs(static_cast<long double>(x));
    const auto exact = std::max(static_cast<double>(sum / static_cast<long double>(n)), 1e-5);
    // Double sums of positive terms are within n * 2^-53 relative; the rest is one rounding to float: 2^-24.
    EXPECT_NEAR(*ws, exact, exact * (0x1p-24 + static_cast<double>(n) * 0x1p-52)) << n;
    std::vector<int8_t> trits(n);
    absmean_quantize(w, *ws, trits.data());
    EXPECT_EQ(trits, reference_trits(w, *ws)) << n;
  }
}

TEST(Absmean, TheOrderOfTheSumIsTheLanesOrder) {
  // Lane 0 sums to 2^53 + 2^29, a tie between two floats; lane 1 to 2, which breaks the tie upwards. A
  // sequential sum loses each of its 1s (half to even in double) and leaves the tie.
  std::vector<float> w(32, 0.0f);
  w[0] = 0x1p53f;
  w[16] = 0x1p29f;
  w[1] = w[17] = 1.0f;
  EXPECT_EQ(*absmean_scale(w), static_cast<float>((0x1p53 + 0x1p30) / 32));
}

TEST(Absmean, TheTreeIsTheLanesTree) {
  // One number a lane: 2^53 and 2^29 make the tie, and which of the ones survive depends on who is added to
  // whom first.
  std::mt19937 random(16);
  int up = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<float> w(16);
    for (float& x : w) x = random() % 3 == 0 ? 1.0f : 0.0f;
    w[random() % 16] = 0x1p29f;
    w[random() % 16] = 0x1p53f;
    const float ws = *absmean_scale(w);
    EXPECT_EQ(ws, reference_scale(w)) << round;
    up += ws > 0x1p49f;
  }
  EXPECT_GT(up, 200);  // both outcomes occur
  EXPECT_LT(up, 1800);
}

TEST(Absmean, TiesGoToEvenWhichIsZero) {
  const std::vector<float> w{
      0.5f, -0.5f, std::nextafter(0.5f, 1.0f), std::nextafter(-0.5f, -1.0f), 1.5f, -1.5f, 0.0f, -0.0f};
  std::vector<int8_t> trits(w.size());
  absmean_quantize(w, 1.0f, trits.data());
  EXPECT_EQ(trits, (std::vector<int8_t>{0, 0, 1, -1, 1, -1, 0, 0}));
}

TEST(Absmean, FloorOfTheScale) {
  EXPECT_EQ(*absmean_scale({}), 1e-5f);
  EXPECT_EQ(*absmean_scale(std::vector<float>(100, 0.0f)), 1e-5f);
  EXPECT_EQ(*absmean_scale(std::vector<float>(100, std::numeric_limits<float>::denorm_min())), 1e-5f);
  EXPECT_EQ(*absmean_scale(std::vector<float>(3, 2e-5f)), 2e-5f);
  std::vector<int8_t> trits(100, 5);
  absmean_quantize(std::vector<float>(100, -1e-40f), 1e-5f, trits.data());
  EXPECT_EQ(trits, std::vector<int8_t>(100, 0));
}

TEST(Absmean, LargestValuesSaturate) {
  const float max = std::numeric_limits<float>::max();
  std::vector<int8_t> trits(2);
  absmean_quantize(std::vector<float>{max, -max}, 1e-5f, trits.data());  // the product overflows to infinity
  EXPECT_EQ(trits, (std::vector<int8_t>{1, -1}));
}

TEST(Absmean, NonFiniteIsAnErrorWhereverItStands) {
  for (const float bad :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()}) {
    for (size_t n = 1; n < 40; ++n) {
      for (size_t at = 0; at < n; ++at) {
        std::vector<float> w(n, 1.0f);
        w[at] = bad;
        const auto ws = absmean_scale(w);
        ASSERT_FALSE(ws);
        EXPECT_EQ(ws.error().code(), ErrorCode::kNonFinite);
      }
    }
  }
}

}  // namespace
}  // namespace tern
