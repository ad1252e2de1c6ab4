#include "engine/cached_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tern {
namespace {

using Ids = std::vector<int32_t>;

CachedText text_of(const Ids& ids) {
  CachedText text;
  text.append(ids);
  return text;
}

TEST(CachedTexts, ShareTheirBeginning) {
  const CachedText text = text_of({1, 2, 3, 4});
  EXPECT_EQ(text.shared_with(Ids{}), 0u);
  EXPECT_EQ(text.shared_with(Ids{2, 2}), 0u);
  EXPECT_EQ(text.shared_with(Ids{1, 2, 4}), 2u);
  EXPECT_EQ(text.shared_with(Ids{1, 2, 3, 4}), 4u);
  EXPECT_EQ(text.shared_with(Ids{1, 2, 3, 4, 5}), 4u);
  EXPECT_EQ(text.exact(), 4u);
}

TEST(CachedTexts, DropAStretch) {
  CachedText text = text_of({1, 2, 3, 4, 5, 6});
  text.drop(1, 2);
  EXPECT_EQ(text.tokens(), (Ids{1, 4, 5, 6}));
  EXPECT_EQ(text.dropped(), 2u);
  EXPECT_EQ(text.exact(), 1u);
  text.append(7);
  text.drop(1, 1);
  EXPECT_EQ(text.tokens(), (Ids{1, 5, 6, 7}));
  EXPECT_EQ(text.dropped(), 3u);
  // The text is still 1 .. 7, and a prompt that differs in what was dropped is another one.
  EXPECT_EQ(text.shared_with(Ids{1, 2, 3, 4, 5, 6, 7, 8}), 7u);
  EXPECT_EQ(text.shared_with(Ids{1, 2, 3, 9, 5, 6, 7}), 3u);
  EXPECT_EQ(text.shared_with(Ids{1, 5, 6, 7}), 1u);
  text.rewind(2);
  EXPECT_EQ(text.tokens(), (Ids{1, 5}));
  EXPECT_EQ(text.dropped(), 3u);
  text.rewind(1);
  EXPECT_EQ(text.dropped(), 0u);
  EXPECT_EQ(text.exact(), 1u);
}

TEST(CachedTexts, SkipAStretchThatWasNeverThere) {
  CachedText text = text_of({1, 2, 6, 7});
  text.skip(2, Ids{3, 4, 5});
  EXPECT_EQ(text.tokens(), (Ids{1, 2, 6, 7}));
  EXPECT_EQ(text.exact(), 2u);
  EXPECT_EQ(text.shared_with(Ids{1, 2, 3, 4, 5, 6, 8}), 6u);
  text.drop(2, 1);
  EXPECT_EQ(text.shared_with(Ids{1, 2, 3, 4, 5, 6, 7, 8}), 7u);
  EXPECT_EQ(text.tokens(), (Ids{1, 2, 7}));
}

// Against the whole text, of which a list of indices says what is in the cache.
TEST(CachedTexts, RandomStepsKeepTheText) {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    const size_t keep = random() % 4;
    CachedText text;
    Ids whole;
    std::vector<size_t> places;
    for (int step = 0; step < 30; ++step) {
      if (text.size() > keep && random() % 3 == 0) {
        const size_t count = random() % (text.size() - keep) + 1;
        text.drop(keep, count);
        places.erase(places.begin() + static_cast<ptrdiff_t>(keep),
                     places.begin() + static_cast<ptrdiff_t>(keep + count));
      } else {
        text.append(static_cast<int32_t>(random() % 3));
        whole.push_back(text.tokens().back());
        places.push_back(whole.size() - 1);
      }
      Ids expected;
      for (const size_t place : places) expected.push_back(whole[place]);
      ASSERT_EQ(text.tokens(), expected);
      ASSERT_EQ(text.dropped(), whole.size() - places.size());
      Ids prompt = whole;
      const size_t same = random() % (prompt.size() + 1);
      if (same < prompt.size()) prompt[same] += 7;
      ASSERT_EQ(text.shared_with(prompt), same);
    }
  }
}

}  // namespace
}  // namespace tern
