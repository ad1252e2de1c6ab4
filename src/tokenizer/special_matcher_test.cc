#include "tokenizer/special_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace tern {
namespace {

TEST(SpecialMatcher, FindsTheLeftmostAndLongest) {
  const SpecialMatcher matcher({{"<a>", 1}, {"<a>b", 2}, {"a>bc", 3}, {"\xFF", 4}});
  const auto expect = [&](std::string_view text, size_t from, size_t begin, int32_t id) {
    const auto match = matcher.find(text, from);
    ASSERT_TRUE(match);
    EXPECT_EQ(match->begin, begin);
    EXPECT_EQ(match->id, id);
  };
  expect("x<a>bc", 0, 1, 2);
  expect("x<a>c", 0, 1, 1);
  expect("x<a>bc", 2, 2, 3);
  expect("<a\xFF", 0, 2, 4);
  EXPECT_FALSE(matcher.find("<a<b", 0));
  EXPECT_FALSE(matcher.find("", 0));
  EXPECT_FALSE(SpecialMatcher({}).find("<a>", 0));
}

TEST(SpecialMatcher, EqualsATryOfEveryToken) {
  const std::vector<std::string> texts = {"a", "ab", "abab", "ba", "bbb", "bbba", "cab"};
  std::vector<std::pair<std::string_view, int32_t>> tokens;
  for (size_t i = 0; i < texts.size(); ++i) tokens.emplace_back(texts[i], static_cast<int32_t>(i));
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t i = random() % 9; i > 0; --i) text += "abc"[random() % 3];
    std::shuffle(tokens.begin(), tokens.end(), random);
    std::optional<SpecialMatcher::Match> expected;
    for (size_t begin = 0; begin < text.size() && !expected; ++begin) {
      for (const auto& [token, id] : tokens) {
        if (text.compare(begin, token.size(), token) != 0) continue;
        if (!expected || token.size() > expected->length) expected = {begin, token.size(), id};
      }
    }
    const auto match = SpecialMatcher(tokens).find(text, 0);
    ASSERT_EQ(match.has_value(), expected.has_value()) << text;
    if (match) {
      EXPECT_EQ(std::tuple(match->begin, match->length, match->id),
                std::tuple(expected->begin, expected->length, expected->id));
    }
  }
}

}  // namespace
}  // namespace tern
