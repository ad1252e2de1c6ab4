#include "engine/lookup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tern {
namespace {

using Ids = std::vector<int32_t>;

/// As if further tokens in a pass were free: every match is worth guessing from.
void make_guesses_free(Drafter* drafter) {
  drafter->timed(1, 1.0);
  for (int i = 0; i < 300; ++i) drafter->timed(2, 1.0);
}

Ids guesses(Lookup* lookup, size_t most) {
  const std::span<const int32_t> ids = lookup->draft(most);
  return {ids.begin(), ids.end()};
}

Ids guesses_after(const Ids& text, size_t most) {
  Lookup lookup;
  lookup.begin(text);
  make_guesses_free(&lookup);
  return guesses(&lookup, most);
}

TEST(Lookup, ContinuesTheLongestMatchTheLatestAmongEquals) {
  EXPECT_EQ(guesses_after({1, 2, 3, 4, 9, 1, 2, 3}, 2), (Ids{4, 9}));
  // 1 2 3 is longer than the later 2 3.
  EXPECT_EQ(guesses_after({1, 2, 3, 4, 8, 2, 3, 5, 1, 2, 3}, 1), (Ids{4}));
  // Twice the same three tokens: what followed last.
  EXPECT_EQ(guesses_after({1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3}, 1), (Ids{5}));
}

TEST(Lookup, SaysNothingWithoutAMatch) {
  EXPECT_EQ(guesses_after({}, 4), Ids());
  EXPECT_EQ(guesses_after({1}, 4), Ids());
  EXPECT_EQ(guesses_after({1, 2}, 4), Ids());
  EXPECT_EQ(guesses_after({1, 2, 3, 9, 3}, 4), Ids());  // one token is no match
  EXPECT_EQ(guesses_after({1, 2, 3, 1, 2}, 0), Ids());
}

TEST(Lookup, GoesRoundALoop) {
  EXPECT_EQ(guesses_after({5, 6, 7, 5, 6, 7}, 8), (Ids{5, 6, 7, 5, 6, 7, 5, 6}));
  EXPECT_EQ(guesses_after({4, 4, 4}, 3), (Ids{4, 4, 4}));
}

TEST(Lookup, BeginForgetsTheTextBefore) {
  Lookup lookup;
  lookup.begin(Ids{1, 2, 3, 4, 5});
  lookup.begin(Ids{9, 1, 2});
  make_guesses_free(&lookup);
  EXPECT_EQ(guesses(&lookup, 3), Ids());
}

/// The longest match of at least two tokens by the definition; the latest among equals; longer than 32 is 32.
size_t expected_next(const Ids& text) {
  size_t best = 0, best_length = 1;
  for (size_t next = text.size() - 1; next >= 2; --next) {
    size_t length = 0;
    while (length < std::min<size_t>(next, 32) && text[next - 1 - length] == text[text.size() - 1 - length])
      ++length;
    if (length > best_length) {
      best = next;
      best_length = length;
    }
  }
  return best;
}

TEST(Lookup, FindsWhatTheDefinitionSays) {
  for (uint32_t seed = 0; seed < 30; ++seed) {
    std::mt19937 random(seed);
    Lookup lookup;
    Ids text(40);
    for (int32_t& id : text) id = static_cast<int32_t>(random() % 100);
    lookup.begin(text);
    make_guesses_free(&lookup);
    size_t copied = 0;
    // So few occurrences of a pair that no candidate is left out.
    for (int i = 0; i < 120; ++i) {
      copied = random() % 4 == 0 ? random() % text.size() : copied + 1;
      const int32_t id = random() % 8 == 0 ? static_cast<int32_t>(random() % 100) : text[copied];
      text.push_back(id);
      lookup.add(id);
      make_guesses_free(&lookup);
      const size_t next = expected_next(text);
      const Ids found = guesses(&lookup, 1);
      // A class of matches that was mostly wrong makes no guesses.
      if (!found.empty()) {
        ASSERT_NE(next, 0u) << "seed " << seed << ", token " << i;
        ASSERT_EQ(found[0], text[next]) << "seed " << seed << ", token " << i;
      }
    }
  }
}

TEST(DraftPolicy, GuessesMoreAfterLongerMatches) {
  const DraftPolicy policy;
  size_t before = 0;
  for (const size_t length : {2, 4, 8, 16, 32}) {
    const size_t now = policy.guesses(length, 8);
    EXPECT_GE(now, before) << length;
    before = now;
  }
  EXPECT_GT(before, 0u);
  EXPECT_EQ(policy.guesses(32, 0), 0u);
}

TEST(DraftPolicy, GrowsWhenRightAndStopsWhenWrong) {
  DraftPolicy policy;
  for (int i = 0; i < 50; ++i) policy.judged(3, true);
  for (int i = 0; i < 50; ++i) policy.judged(5, true);
  EXPECT_EQ(policy.guesses(3, 4), 4u);
  for (int i = 0; i < 50; ++i) policy.judged(3, false);
  EXPECT_EQ(policy.guesses(3, 4), 0u);
  for (int i = 0; i < 50; ++i) policy.judged(3, true);
  EXPECT_EQ(policy.guesses(3, 4), 4u);
}

TEST(DraftPolicy, MeasuresWhatAGuessCosts) {
  DraftPolicy policy;
  const auto measure = [&](double single, double five) {
    for (int i = 0; i < 100; ++i) {
      policy.timed(1, single);
      policy.timed(5, five);
    }
  };
  measure(0.1, 0.2);
  EXPECT_NEAR(policy.row_cost(), 0.25, 0.02);
  EXPECT_GT(policy.guesses(20, 8), 1u);
  measure(0.1, 0.5);  // five tokens at once gain nothing
  EXPECT_EQ(policy.guesses(20, 8), 0u);
  // What is not measured any more is not believed for ever.
  for (int i = 0; i < 1000; ++i) policy.timed(1, 0.1);
  EXPECT_GT(policy.guesses(20, 8), 0u);
}

TEST(DraftPolicy, IgnoresGuessesBeforeASinglePassWasSeen) {
  DraftPolicy policy;
  const double before = policy.row_cost();
  policy.timed(4, 1000.0);
  EXPECT_EQ(policy.row_cost(), before);
}

}  // namespace
}  // namespace tern
