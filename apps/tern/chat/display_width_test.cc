#include "apps/tern/chat/display_width.h"

#include <gtest/gtest.h>

#include <clocale>

namespace tern {
namespace {

TEST(DisplayWidth, OfNarrowWideAndCombiningCharacters) {
  EXPECT_EQ(display_width(U'a'), 1);
  EXPECT_EQ(display_width(U'é'), 1);
  EXPECT_EQ(display_width(U'中'), 2);
  EXPECT_EQ(display_width(U'ア'), 2);
  EXPECT_EQ(display_width(U'\uFF76'), 1);  // halfwidth katakana
  EXPECT_EQ(display_width(U'😀'), 2);
  EXPECT_EQ(display_width(U'\u0301'), 0);
  EXPECT_EQ(display_width(U'\u200D'), 0);
  EXPECT_EQ(display_width("e\u0301中."), 4);
}

TEST(DisplayWidth, EmojiNewerThanTheCLibraryAreWide) {
  EXPECT_EQ(display_width(U'\U0001FAFF'), 2);
}

TEST(DisplayWidth, DoesNotDependOnTheLocaleNorChangeIt) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C"), nullptr);
  EXPECT_EQ(display_width(U'中'), 2);
  EXPECT_STREQ(std::setlocale(LC_CTYPE, nullptr), "C");
}

}  // namespace
}  // namespace tern
