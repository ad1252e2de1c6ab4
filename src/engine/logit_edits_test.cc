#include "engine/logit_edits.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tern {
namespace {

/// By hand, one id after the other, with counts in a map.
std::vector<double> edited_by_hand(const std::vector<double>& logits, const SamplerOptions& options,
                                   const std::vector<int32_t>& prompt, const std::vector<int32_t>& answer) {
  std::map<int32_t, int> everywhere, in_answer;
  for (const int32_t id : prompt) ++everywhere[id];
  for (const int32_t id : answer) ++everywhere[id];
  for (const int32_t id : answer) ++in_answer[id];
  std::vector<double> edited;
  for (int32_t id = 0; id < static_cast<int32_t>(logits.size()); ++id) {
    double logit = logits[static_cast<size_t>(id)];
    for (const LogitBias& bias : options.bias) {
      if (bias.id == id) logit += static_cast<double>(bias.value);
    }
    if (everywhere.contains(id)) {
      const auto penalty = static_cast<double>(options.repetition_penalty);
      logit = logit > 0 ? logit / penalty : logit * penalty;
    }
    if (in_answer.contains(id)) {
      logit -= in_answer[id] * static_cast<double>(options.frequency_penalty);
      logit -= static_cast<double>(options.presence_penalty);
    }
    edited.push_back(logit);
  }
  return edited;
}

TEST(LogitEdits, AreThoseByHand) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal(0, 3);
  const auto ids = [&random](size_t n) {
    std::vector<int32_t> ids(n);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % 44) - 2;  // some outside the vocabulary
    return ids;
  };
  for (const SamplerOptions& options : std::vector<SamplerOptions>{
           {},
           {.repetition_penalty = 1.3f},
           {.presence_penalty = 0.7f},
           {.frequency_penalty = 0.3f},
           {.presence_penalty = -1.1f, .frequency_penalty = -0.2f},
           {.bias = {{5, 3.5f}, {0, -100.0f}, {39, 100.0f}, {40, 1.0f}, {-1, 1.0f}}},
           {.repetition_penalty = 0.8f,
           .presence_penalty = 1.9f,
           .frequency_penalty = 0.1f,
           .bias = {{7, 0.1f}, {8, -0.1f}, {9, -7.7f}}},
       }) {
    for (const size_t n : {0, 1, 5, 60}) {
      const std::vector<int32_t> prompt = ids(n / 2), answer = ids(n);
      std::vector<double> logits(40);
      for (double& logit : logits) logit = normal(random);
      const std::vector<double> expected = edited_by_hand(logits, options, prompt, answer);
      EXPECT_EQ(edits_logits(options) || logits == expected, true);
      edit_logits(logits, options, {prompt, answer});
      EXPECT_EQ(logits, expected);
    }
  }
}

// Numbers that show each part of the definition, and the order.
TEST(LogitEdits, KnownAnswers) {
  const std::vector<int32_t> prompt = {0, 1}, answer = {1, 2, 2, 2};
  const auto edited = [&](const SamplerOptions& options) {
    std::vector<double> logits = {4, -2, 1, 8};
    edit_logits(logits, options, {prompt, answer});
    return logits;
  };
  EXPECT_EQ(edited({.presence_penalty = 0.5f}), (std::vector<double>{4, -2.5, 0.5, 8}));
  EXPECT_EQ(edited({.frequency_penalty = 0.5f}), (std::vector<double>{4, -2.5, -0.5, 8}));
  EXPECT_EQ(edited({.repetition_penalty = 2.0f}), (std::vector<double>{2, -4, 0.5, 8}));
  EXPECT_EQ(edited({.bias = {{3, -1.0f}, {2, 2.0f}}}), (std::vector<double>{4, -2, 3, 7}));
  // (-2 + 6) / 2 - 1 - 0.5: were the bias added last, it would be -2 * 2 - 1 - 0.5 + 6.
  EXPECT_EQ(edited({.repetition_penalty = 2.0f,
                    .presence_penalty = 0.5f,
                    .frequency_penalty = 1.0f,
                    .bias = {{1, 6.0f}}})[1],
            0.5);
}

TEST(LogitEdits, CountTheAnswerToTheLastToken) {
  const std::vector<float> logits = {3.0f, 2.5f};
  const std::vector<int32_t> zero = {0};
  EXPECT_EQ(sample(logits, {.presence_penalty = 1.0f}, {zero, {}}, 1), 0);  // the prompt does not count
  EXPECT_EQ(sample(logits, {.presence_penalty = 1.0f}, {{}, zero}, 1), 1);
  EXPECT_EQ(sample(logits, {.bias = {{1, 0.75f}}}, {}, 0), 1);
}

}  // namespace
}  // namespace tern
