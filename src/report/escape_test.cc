#include "report/escape.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(Escape, MarkupBecomesText) {
  EXPECT_EQ(escaped("<script>alert(\"x\")</script>"), "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
  EXPECT_EQ(escaped("' onload='x & y"), "&#39; onload=&#39;x &amp; y");
  EXPECT_EQ(escaped("&lt;"), "&amp;lt;");
  EXPECT_EQ(escaped("größer 漢字 🌲 plain"), "größer 漢字 🌲 plain");
}

TEST(Escape, WhatXmlForbidsIsShown) {
  EXPECT_EQ(escaped(std::string_view("a\0b\x1b[31m\n\x7f", 10)), "a\\x00b\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(escaped("\xff\xc0\xaf \xed\xa0\x80"),
            "\\xff\\xc0\\xaf \\xed\\xa0\\x80");                                    // no UTF-8; a surrogate
  EXPECT_EQ(escaped("\xc2\x9b"), "\\xc2\\x9b");                                    // C1
  EXPECT_EQ(escaped("a\xef\xbf\xbe\xef\xbf\xbfz"), "a\xef\xbf\xbd\xef\xbf\xbdz");  // U+FFFE, U+FFFF
}

TEST(Escape, NothingTurnsTextAround) {
  for (const char* control : {"\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"})
    EXPECT_EQ(escaped(std::string("a") + control + "b"), "a\ufffdb");
  EXPECT_EQ(escaped("\u2029\u202f\u2065\u206a"), "\u2029\u202f\u2065\u206a");  // their neighbours
}

TEST(Escape, LongTextsLoseTheirMiddle) {
  EXPECT_EQ(shortened("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(shortened("abcdefghi", 8), "abc..ghi");
  EXPECT_EQ(shortened("abcdefghi", 7), "abc..hi");
  EXPECT_EQ(shortened("äöüßäöüßä", 8), "äöü..üßä");  // characters, not bytes
  EXPECT_EQ(shortened("", 8), "");
}

}  // namespace
}  // namespace tern
