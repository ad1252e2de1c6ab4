#include "engine/logprobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace tern {
namespace {

std::vector<float> random_logits(size_t n, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 4);
  std::vector<float> logits(n);
  for (float& logit : logits) logit = std::round(8 * normal(random)) / 8;  // with ties
  return logits;
}

TEST(LogSoftmaxes, SumToOne) {
  const std::vector<float> logits = {3.0f, -1.0f, 0.5f, 100.0f, 99.0f};
  const LogSoftmax softmax(logits);
  double sum = 0;
  for (int32_t id = 0; id < 5; ++id) sum += std::exp(softmax.of(id));
  EXPECT_NEAR(sum, 1.0, 1e-12);
}

TEST(LogSoftmaxes, AreLibmsInLongDouble) {
  const std::vector<float> logits = random_logits(500, 1);
  long double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<long double>(logit));
  const LogSoftmax softmax(logits);
  for (int32_t id = 0; id < 500; ++id) {
    const long double expected = logits[static_cast<size_t>(id)] - std::log(sum);
    EXPECT_NEAR(softmax.of(id), static_cast<double>(expected), 1e-12);
  }
}

TEST(LogSoftmaxes, TopIsTheBeginningOfAll) {
  const std::vector<float> logits = random_logits(200, 2);
  const LogSoftmax softmax(logits);
  std::vector<std::pair<float, int32_t>> all;  // the greatest logit first, then the lowest id
  for (int32_t id = 0; id < 200; ++id) all.emplace_back(-logits[static_cast<size_t>(id)], id);
  std::sort(all.begin(), all.end());
  for (const size_t count : {0, 1, 2, 20, 199, 200, 500}) {
    const std::vector<TokenLogprob> top = softmax.top(count);
    ASSERT_EQ(top.size(), std::min<size_t>(count, 200));
    for (size_t i = 0; i < top.size(); ++i) {
      EXPECT_EQ(top[i].id, all[i].second);
      EXPECT_EQ(top[i].logprob, softmax.of(all[i].second));
    }
  }
}

}  // namespace
}  // namespace tern
