#include "data/synth.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "base/checksum.h"
#include "base/json.h"
#include "data/grammar.h"
#include "data/synth_plots.h"

namespace tern {
namespace {

TEST(Grammar, FillsAndChooses) {
  SeededRandom random(1, 0);
  Grammar grammar(&random);
  grammar.set("x", "apple");
  grammar.set("he", "she");
  grammar.set("N", "Ann");
  EXPECT_EQ(grammar.expand("{x}, {a x}, {A x}; {X}. {He} is {N}."),
            "apple, an apple, An apple; Apple. She is Ann.");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(grammar.expand("[a|b[c|d|]|{x}]!"));
  EXPECT_EQ(seen, (std::set<std::string>{"a!", "bc!", "bd!", "b!", "apple!"}));
}

/// Recipes count on it: the text of a seed is the same for ever.
TEST(Synth, OfASeedIsTheSameForEver) {
  const auto sum = [](const SynthOptions& options) {
    Synth synth(options);
    Checksum checksum;
    for (int i = 0; i < 200; ++i) checksum.add(*synth.next());
    return checksum.value();
  };
  EXPECT_EQ(sum({.kind = SynthKind::kMath, .seed = 7}), 9369582860204066999u);
  EXPECT_EQ(sum({.kind = SynthKind::kStories, .seed = 7}), 9453208703098652333u);
  EXPECT_EQ(sum({.kind = SynthKind::kMath, .seed = 7, .chat = true}), 4409837394420319086u);
  EXPECT_EQ(sum({.kind = SynthKind::kStories, .seed = 7, .chat = true}), 1387734219578240622u);
  EXPECT_NE(sum({.kind = SynthKind::kMath, .seed = 8}), sum({.kind = SynthKind::kMath, .seed = 7}));
}

TEST(Synth, MakesNoDocumentTwice) {
  for (const SynthKind kind : {SynthKind::kMath, SynthKind::kStories}) {
    for (const bool chat : {false, true}) {
      Synth synth({.kind = kind, .seed = 3, .chat = chat});
      std::set<std::string> lines;
      for (int i = 0; i < 3000; ++i) EXPECT_TRUE(lines.insert(*synth.next()).second);
      const Json line = *parse_json(*lines.begin(), "line");
      if (chat) {
        ASSERT_EQ(line["messages"].size(), 2u) << dump_json(line);
        EXPECT_EQ(line["messages"][0]["role"], "user");
        EXPECT_EQ(line["messages"][1]["role"], "assistant");
      } else {
        EXPECT_TRUE(line["text"].is_string()) << dump_json(line);
      }
    }
  }
}

/// Every "a + b = c" that is said is so.
TEST(SynthMath, IsRight) {
  static const std::regex kEquation(R"((\d+) ([-+x/]) (\d+) = (-?\d+))");
  SeededRandom random(5, 0);
  int checked = 0;
  for (int i = 0; i < 20000; ++i) {
    const Exchange problem = math_problem(random);
    const std::string& answer = problem.answer;
    if (answer.find(", not ") != std::string::npos || answer.find("={") != std::string::npos) continue;
    for (std::sregex_iterator it(answer.begin(), answer.end(), kEquation), end; it != end; ++it) {
      // "1 + 2 + 3 = 6" is of more than two.
      if (it->prefix().length() >= 2 && std::string(it->prefix()).ends_with("+ ")) continue;
      const int64_t a = std::stoll((*it)[1]), b = std::stoll((*it)[3]), c = std::stoll((*it)[4]);
      const char operation = (*it)[2].str()[0];
      const int64_t right = operation == '+'   ? a + b
                            : operation == '-' ? a - b
                            : operation == 'x' ? a * b
                                               : a / b;
      EXPECT_EQ(c, right) << problem.question << " " << answer;
      if (operation == '/') {
        EXPECT_EQ(a % b, 0) << answer;
      }
      ++checked;
    }
  }
  EXPECT_GT(checked, 15000);
}

/// No mark of a template is left, no article is wrong, no word stands twice, and every sentence begins as it
/// should.
void expect_clean(std::string text) {
  if (const size_t dots = text.find(" ...?"); dots != std::string::npos)
    text.erase(dots, 4);  // "1, 2, 3, ...?"
  for (const char* left :
       {"[", "]", "{", "}", "|", "@", "&", "#", "  ", " .", " ,", "..\"", "\n\n\n", " \n", "\n "})
    EXPECT_EQ(text.find(left), std::string::npos) << '\'' << left << "' in: " << text;
  static const std::regex kWrong(
      R"(\b[Aa] [aeiou]|\b[Aa]n [b-df-gj-np-tv-xz]|\b(the|a|an|and|to|of|in) \1\b|[a-z] ?[.!?] [a-z])");
  std::smatch match;
  EXPECT_FALSE(std::regex_search(text, match, kWrong)) << match.str() << " in: " << text;
}

TEST(SynthMath, IsClean) {
  SeededRandom random(6, 0);
  for (int i = 0; i < 3000; ++i) {
    const Exchange problem = math_problem(random);
    expect_clean(problem.question);
    expect_clean(problem.answer);
  }
}

TEST(SynthStories, AreCleanAndOfManyPlots) {
  EXPECT_GE(story_plots(), 60u);
  std::set<std::string> themes, titles;
  for (const Plot& plot : all_plots()) {
    EXPECT_TRUE(themes.insert(plot.theme).second) << plot.theme;
    EXPECT_TRUE(titles.insert(plot.title).second) << plot.title;
  }
  std::set<std::string> wished;
  for (uint64_t i = 0; i < 3000; ++i) {
    SeededRandom random(9, i);
    const Exchange wish = story_wish(random);
    expect_clean(wish.answer);
    expect_clean(wish.question);
    EXPECT_GT(wish.answer.size(), 400u) << wish.answer;
    for (const std::string& theme : themes) {
      if (wish.question.find(theme) != std::string::npos) wished.insert(theme);
    }
  }
  EXPECT_EQ(wished.size(), themes.size());
}

}  // namespace
}  // namespace tern
