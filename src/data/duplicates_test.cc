#include "data/duplicates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "base/mutation.h"
#include "data/permutation.h"
#include "data/words.h"

namespace tern {
namespace {

using testing::Random;

TEST(Words, IgnoreWhatIsNotALetter) {
  const auto words = word_hashes("The cat, the CAT... (the\tCat)\n\"the-cat\"");
  ASSERT_EQ(words.size(), 8u);
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(words[i], words[i % 2]);
  EXPECT_NE(words[0], words[1]);
  EXPECT_EQ(word_hashes(" \n.,;"), std::vector<uint64_t>());
  EXPECT_EQ(word_hashes("\u00fcber alles").size(), 2u);
}

TEST(Words, WindowsAreEqualWhereTheirWordsAre) {
  Random random(3);
  std::vector<uint64_t> words(300);
  for (uint64_t& word : words) word = mix64(1 + random.below(3));
  for (const size_t n : {1, 2, 5, 13}) {
    const auto windows = window_hashes(words, n);
    ASSERT_EQ(windows.size(), words.size() - n + 1);
    for (size_t a = 0; a < windows.size(); ++a) {
      for (size_t b = a; b < windows.size(); ++b) {
        const auto at = [&](size_t i) { return words.begin() + static_cast<ptrdiff_t>(i); };
        ASSERT_EQ(windows[a] == windows[b], std::equal(at(a), at(a + n), at(b)));
      }
    }
  }
  EXPECT_TRUE(window_hashes({1, 2}, 3).empty());
}

TEST(HashSet, HoldsWhatWasInserted) {
  HashSet set;
  std::set<uint64_t> expected;
  Random random(5);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t hash = random.chance(2) ? random.below(3000) : random.bits();  // 0 and 1 are one
    EXPECT_EQ(set.contains(hash), expected.contains(std::max<uint64_t>(hash, 1)));
    EXPECT_EQ(set.insert(hash), expected.insert(std::max<uint64_t>(hash, 1)).second);
  }
  EXPECT_EQ(set.size(), expected.size());
}

std::vector<uint64_t> random_words(Random& random, size_t n) {
  std::vector<uint64_t> words(n);
  for (uint64_t& word : words) word = random.bits();
  return words;
}

/// Part of the windows of both that they share: counted.
double similarity(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  const auto windows_a = window_hashes(a, kShingleWords), windows_b = window_hashes(b, kShingleWords);
  const std::set<uint64_t> set_a(windows_a.begin(), windows_a.end()),
      set_b(windows_b.begin(), windows_b.end());
  size_t common = 0;
  for (const uint64_t window : set_a) common += set_b.contains(window);
  return static_cast<double>(common) / static_cast<double>(set_a.size() + set_b.size() - common);
}

/// duplicates.h states how often documents of some similarity are found.
TEST(Duplicates, AreFoundAsOftenAsStated) {
  Random random(11);
  constexpr int kPairs = 1500;
  constexpr size_t kLength = 600;
  for (const size_t changed : {3, 8, 14, 22, 40}) {  // words of the copy
    double expected = 0;
    int found = 0;
    for (int i = 0; i < kPairs; ++i) {
      const auto original = random_words(random, kLength);
      auto copy = original;
      for (size_t n = 0; n < changed; ++n)
        copy[(n * kLength + random.below(kLength)) / changed] = random.bits();
      Duplicates duplicates;
      EXPECT_EQ(duplicates.add(1, min_hash_bands(original)), Duplicates::Verdict::kNew);
      found += duplicates.add(2, min_hash_bands(copy)) == Duplicates::Verdict::kNear;
      const double s = similarity(original, copy);
      expected += 1 - std::pow(1 - std::pow(s, kBandRows), kBands);
    }
    // Five standard deviations, and a little for the formula, which takes the values for independent.
    const double share = expected / kPairs, deviation = std::sqrt(share * (1 - share) / kPairs);
    EXPECT_NEAR(static_cast<double>(found) / kPairs, share, 5 * deviation + 0.02) << changed;
  }
}

TEST(Duplicates, OfShortTextsAreExactOnes) {
  Random random(2);
  EXPECT_FALSE(min_hash_bands(random_words(random, kMinShingles + kShingleWords - 2)));
  EXPECT_TRUE(min_hash_bands(random_words(random, kMinShingles + kShingleWords - 1)));
  Duplicates duplicates;
  EXPECT_EQ(duplicates.add(5, std::nullopt), Duplicates::Verdict::kNew);
  EXPECT_EQ(duplicates.add(6, std::nullopt), Duplicates::Verdict::kNew);
  EXPECT_EQ(duplicates.add(5, std::nullopt), Duplicates::Verdict::kExact);
}

TEST(Duplicates, DoNotFindStrangers) {
  Random random(9);
  Duplicates duplicates;
  for (uint64_t i = 1; i < 3000; ++i) {
    ASSERT_EQ(duplicates.add(i, min_hash_bands(random_words(random, 40 + random.below(300)))),
              Duplicates::Verdict::kNew);
  }
}

TEST(Duplicates, ThatWereLeftOutLeaveNoTrace) {
  Random random(4);
  const auto original = random_words(random, 200);
  auto near = original;
  near[50] = 1;
  Duplicates duplicates;
  ASSERT_EQ(duplicates.add(1, min_hash_bands(original)), Duplicates::Verdict::kNew);
  ASSERT_EQ(duplicates.add(2, min_hash_bands(near)), Duplicates::Verdict::kNear);
  EXPECT_EQ(duplicates.add(2, std::nullopt), Duplicates::Verdict::kNew);
}

}  // namespace
}  // namespace tern
