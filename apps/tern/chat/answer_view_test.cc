#include "apps/tern/chat/answer_view.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "apps/tern/chat/display_width.h"

namespace tern {
namespace {

/// The escape sequences that Markdown may send, as letters: what a test expects stays readable.
std::string readable(std::string text) {
  const std::pair<std::string, std::string> kNames[] = {
      {"\x1b[0m", "</>"},          {"\x1b[0;1m", "<b>"},
      {"\x1b[0;3m", "<i>"},        {"\x1b[0;1;3m", "<bi>"},
      {"\x1b[0;4m", "<u>"},        {"\x1b[0;1;4m", "<bu>"},
      {"\x1b[0;2m", "<dim>"},      {"\x1b[0;36m", "<code>"},
      {"\x1b[0;1;36m", "<bcode>"}, {"\x1b[0;1;4;36m", "<bucode>"}};
  for (const auto& [escape, name] : kNames) {
    for (size_t at = 0; (at = text.find(escape, at)) != std::string::npos;)
      text.replace(at, escape.size(), name);
  }
  return text;
}

/// What is shown of `pieces`, one after the other.
std::string shown(const std::vector<std::string>& pieces, int columns = 40, bool markdown = true) {
  std::string output;
  const auto append = [&output](std::string_view text) { output += text; };
  const auto view =
      markdown ? make_markdown_view(append, [columns] { return columns; }) : make_safe_view(append);
  for (const std::string& piece : pieces) view->add(piece);
  view->finish();
  return output;
}

std::string markdown(const std::string& text, int columns = 40) {
  return readable(shown({text}, columns));
}

TEST(Markdown, EmphasisCodeAndEscapes) {
  EXPECT_EQ(markdown("a **b** *i* ***x*** __b__ _i_."), "a <b>b</> <i>i</> <bi>x</> <b>b</> <i>i</>.\n");
  EXPECT_EQ(markdown("use `a*b*` and ``x`y``"), "use <code>a*b*</> and <code>x`y</>\n");
  EXPECT_EQ(markdown("**bold `code` *both***"), "<b>bold <bcode>code<b> <bi>both</>\n");
  EXPECT_EQ(markdown("\\*not\\* \\`code\\` \\(x\\) \\d"), "*not* `code` \\(x\\) \\d\n");
}

TEST(Markdown, MarksThatEndNowhereAreText) {
  EXPECT_EQ(markdown("2 * 3 * 4 = 2*3*4"), "2 * 3 * 4 = 2*3*4\n");
  EXPECT_EQ(markdown("snake_case_name __init"), "snake_case_name __init\n");
  EXPECT_EQ(markdown("**open\n*too `x"), "**open\n*too `x\n");
  EXPECT_EQ(markdown("a ** b ** **** x"), "a ** b ** **** x\n");
  EXPECT_EQ(markdown("这是**重点**内容"), "这是<b>重点</>内容\n");
  EXPECT_EQ(markdown("[a] [b(c) ![x"), "[a] [b(c) ![x\n");
}

TEST(Markdown, AMarkHoldsBackNoMoreThanALittle) {
  std::string output;
  const auto view =
      make_markdown_view([&output](std::string_view text) { output += text; }, [] { return 80; });
  view->add("**");
  for (int i = 0; i < 200; ++i) view->add("ab ");
  EXPECT_GT(output.size(), 500u);
  EXPECT_TRUE(output.starts_with("**ab ab"));
}

TEST(Markdown, Links) {
  EXPECT_EQ(markdown("[site](http://a.b/c_d)"), "<u>site<dim> (http://a.b/c_d)</>\n");
  EXPECT_EQ(markdown("[http://a.b](http://a.b)!"), "<u>http://a.b</>!\n");
  EXPECT_EQ(markdown("[a `]`](u \"title\")"), "<u>a \x1b[0;4;36m]<dim> (u)</>\n");
}

TEST(Markdown, HeadingsAndRules) {
  EXPECT_EQ(markdown("# One\n## Two *i*\n#hash\n####### 7"),
            "<bu>One</>\n<b>Two <bi>i</>\n#hash\n####### 7\n");
  EXPECT_EQ(markdown("---\n* * *\n--\n", 8), "<dim>────────</>\n<dim>────────</>\n--\n");
}

TEST(Markdown, ListsHangTheirRows) {
  EXPECT_EQ(markdown("- aaaa bbbb cccc\n  12. dddd eeee", 12),
            "<dim>• </>aaaa bbbb\n<dim>  </>cccc\n<dim>  12. </>dddd\n<dim>      </>eeee\n");
  EXPECT_EQ(markdown("* **b**: x\n-x\n-\n1986. was"),
            "<dim>• <b>b</>: x\n-x\n<dim>• </>\n<dim>1986. </>was\n");
}

TEST(Markdown, QuotesHaveBars) {
  EXPECT_EQ(markdown("> aaaa bbbb cccc\n>> - d", 12),
            "<dim>│ </>aaaa bbbb\n<dim>│ </>cccc\n<dim>│ │ • </>d\n");
}

TEST(Markdown, FencedCodeIsKeptAsItIs) {
  EXPECT_EQ(markdown("```cpp\nint  *a*;\n\n  # b\n```\n*x*"),
            "<dim>│ <code>int  *a*;</>\n<dim>│ </>\n<dim>│ <code>  # b</>\n<i>x</>\n");
  EXPECT_EQ(markdown("~~~~\n```\n~~~\n~~~~\nx"), "<dim>│ <code>```</>\n<dim>│ <code>~~~</>\nx\n");
  EXPECT_EQ(markdown("- a\n  ```\n  b\n   c\n  ```\nd"),
            "<dim>• </>a\n<dim>  │ <code>b</>\n<dim>  │ <code> c</>\nd\n");
  EXPECT_EQ(markdown("```\n12345678901234", 12), "<dim>│ <code>1234567890</>\n<dim>│ <code>1234</>\n");
  EXPECT_EQ(markdown("```\n\tx\ny\tz"), "<dim>│ <code>    x</>\n<dim>│ <code>y   z</>\n");
  EXPECT_EQ(markdown("```x``` is code"), "<code>x</> is code\n");
}

TEST(Markdown, RowsAreBrokenAtBlanksAndByWidth) {
  EXPECT_EQ(markdown("aaa bbb ccc ddd", 8), "aaa bbb\nccc ddd\n");
  EXPECT_EQ(markdown("abcdefghijkl mn", 8), "abcdefgh\nijkl mn\n");
  EXPECT_EQ(markdown("中中中中中", 8), "中中中中\n中\n");
  EXPECT_EQ(markdown("e\u0301e\u0301e\u0301e\u0301 e\u0301e\u0301e\u0301 x", 8),
            "e\u0301e\u0301e\u0301e\u0301 e\u0301e\u0301e\u0301\nx\n");
  EXPECT_EQ(markdown("**aaa bbb ccc**", 8), "<b>aaa bbb</>\n<b>ccc</>\n");
  EXPECT_EQ(markdown("a  b   \n\n\nc"), "a  b\n\n\nc\n");
}

TEST(Markdown, AnEndedAnswerLeavesNothingForTheNext) {
  std::string output;
  const auto view =
      make_markdown_view([&output](std::string_view text) { output += text; }, [] { return 40; });
  view->add("```\nx");
  view->finish();
  view->add("*y*");
  view->finish();
  EXPECT_EQ(readable(output), "<dim>│ <code>x</>\n<i>y</>\n");
}

TEST(Markdown, AResizedWindowIsFollowedFromTheNextRow) {
  std::string output;
  int columns = 8;
  const auto view = make_markdown_view([&output](std::string_view text) { output += text; },
                                       [&columns] { return columns; });
  view->add("aaa bbb ccc ddd ");
  columns = 16;
  view->add("eee fff ggg hhh iii jjj");
  view->finish();
  EXPECT_EQ(output, "aaa bbb\nccc ddd\neee fff ggg hhh\niii jjj\n");
}

TEST(Markdown, ATerminalObeysNothingOfTheText) {
  EXPECT_EQ(markdown("\x1b[31mred\x07 \x7f \xC2\x9B\x31m \xE0\x82\x9B \xFF"),
            "\\x1b[31mred\\x07 \\x7f \\xc2\\x9b1m\n\\xe0\\x82\\x9b \\xff\n");
  EXPECT_EQ(markdown("```\n\x1b]0;t\x07\n"), "<dim>│ <code>\\x1b]0;t\\x07</>\n");
  EXPECT_EQ(markdown("[a\x1b](\x1b[2J)"), "<u>a\\x1b<dim> (\\x1b[2J)</>\n");
  EXPECT_EQ(markdown("a\r\nb\rc\r"), "a\nb\\x0dc\\x0d\n");
}

TEST(SafeView, KeepsTheTextAndObeysNothing) {
  EXPECT_EQ(shown({"**a**\t\x1b[1m 中\r\n", "b\xE4\xB8"}, 40, false), "**a**\t\\x1b[1m 中\nb\\xe4\\xb8\n");
}

TEST(RawView, IsTheTextAndANewline) {
  std::string output;
  const auto view = make_raw_view([&output](std::string_view text) { output += text; });
  view->add("a\x1b\xFF");
  view->finish();
  EXPECT_EQ(output, "a\x1b\xFF\n");
}

/// Documents of fragments that open and close everything.
std::string random_document(std::mt19937& random) {
  static const std::string kFragments[] = {"*",       "**",
                                           "***",     "_",
                                           "__",      "`",
                                           "``",      "```",
                                           "```\n",   "~~~",
                                           "\n",      "\n\n",
                                           "# ",      "- ",
                                           "1. ",     "> ",
                                           ">",       "---",
                                           "\n---\n", "|",
                                           "[",       "](",
                                           ")",       "](u)",
                                           "\\",      " ",
                                           "  ",      "\t",
                                           "a",       "words here and there",
                                           "中文",    "e\u0301",
                                           "😀",       "\x1b",
                                           "\xC2",    "\x9B",
                                           "\r",      "\r\n",
                                           "\xFF",    "x_y",
                                           "2*3",     "12",
                                           ".",       "```py\n",
                                           "    ",    "a-very-long-word-that-fits-in-no-row"};
  std::string text;
  for (size_t i = random() % 60; i > 0; --i) text += kFragments[random() % std::size(kFragments)];
  return text;
}

std::vector<std::string> random_pieces(const std::string& text, std::mt19937& random) {
  std::vector<std::string> pieces;
  for (size_t at = 0; at < text.size();) {
    const size_t length = 1 + random() % 7;
    pieces.push_back(text.substr(at, length));
    at += length;
  }
  return pieces;
}

TEST(AnswerViews, ShowTheSameHoweverTheTextIsCut) {
  constexpr uint32_t kSeed = 1;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_document(random);
    const int columns = 8 + static_cast<int>(random() % 40);
    for (const bool markdown : {true, false}) {
      ASSERT_EQ(shown(random_pieces(text, random), columns, markdown), shown({text}, columns, markdown))
          << "document " << i << " of seed " << kSeed << ":\n"
          << text;
    }
  }
}

/// `text` without the styles of Markdown; the test fails on any other escape sequence.
std::string without_styles(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      plain += text[i];
      continue;
    }
    const size_t end = text.find_first_not_of("[0123456789;", i + 1);
    EXPECT_TRUE(end != std::string::npos && text[end] == 'm') << "an escape sequence that is no style";
    i = std::min(end, text.size());
  }
  return plain;
}

TEST(AnswerViews, SendStylesOnlyAndRowsNoWiderThanTheTerminal) {
  constexpr uint32_t kSeed = 2;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = random_document(random);
    const int columns = 24 + static_cast<int>(random() % 40);
    const std::string plain = without_styles(shown({text}, columns));
    size_t begin = 0;
    while (begin < plain.size()) {
      const size_t end = plain.find('\n', begin);
      ASSERT_NE(end, std::string::npos) << "the last line was not ended";
      const std::string row = plain.substr(begin, end - begin);
      ASSERT_EQ(row.find_first_of("\r\t\x7f\x07"), std::string::npos);
      ASSERT_LE(display_width(row), columns) << "document " << i << " of seed " << kSeed << ":\n" << text;
      begin = end + 1;
    }
    for (const char byte : plain) ASSERT_TRUE(byte == '\n' || static_cast<unsigned char>(byte) >= 0x20);
  }
}

}  // namespace
}  // namespace tern
