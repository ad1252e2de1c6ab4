#include "eval/text_units.h"

#include <gtest/gtest.h>

#include <string>

namespace tern {
namespace {

uint64_t words(std::string_view text) {
  return TextWalk(text).take(text.size()).words;
}

TEST(TextUnits, WordsAreRunsOfAnythingButWhiteSpace) {
  EXPECT_EQ(words(""), 0u);
  EXPECT_EQ(words(" \t\r\n "), 0u);
  EXPECT_EQ(words("one"), 1u);
  EXPECT_EQ(words(" two  words\n"), 2u);
  EXPECT_EQ(words("it's 3.5 - so?"), 4u);
  EXPECT_EQ(words("sch\xC3\xB6n w\xC3\xA4r's"), 2u);
  EXPECT_EQ(words("a\xC2\xA0"
                  "b\xE3\x80\x80"
                  "c\xE2\x80\xA8"
                  "d"),
            4u)
      << "no-break, ideographic, line separator";
  EXPECT_EQ(words("\xFF\xFE \xC2"), 2u) << "broken UTF-8 is no white space";
}

// Wherever the text is cut, also within characters: the parts add up, and a word belongs to where it begins.
TEST(TextUnits, PartsAddUp) {
  const std::string text = " a\xE3\x80\x80sch\xC3\xB6n\xC2\xA0\xF0\x9F\x98\x80 \xE3\x80 x\n";
  const uint64_t all = words(text);
  EXPECT_EQ(all, 5u);
  for (size_t i = 0; i <= text.size(); ++i) {
    for (size_t j = i; j <= text.size(); ++j) {
      TextWalk walk(text);
      const TextUnits a = walk.take(i), b = walk.take(j - i), c = walk.take(text.size() - j);
      EXPECT_EQ(a.words + b.words + c.words, all) << i << ", " << j;
      EXPECT_EQ(a.bytes + b.bytes + c.bytes, text.size());
    }
  }
  TextWalk walk("one two");
  EXPECT_EQ(walk.take(1).words, 1u);
  EXPECT_EQ(walk.take(3).words, 0u);
  EXPECT_EQ(walk.take(3).words, 1u);
}

}  // namespace
}  // namespace tern
