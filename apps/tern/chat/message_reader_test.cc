#include "apps/tern/chat/message_reader.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace tern {
namespace {

using Kind = InputLine::Kind;

InputLine line(std::string text) {
  return {Kind::kLine, std::move(text)};
}

/// A user who says `lines` and leaves.
class User {
 public:
  explicit User(std::deque<InputLine> lines, bool joins = true)
      : lines_(std::move(lines)),
        reader_([this](const std::string& prompt) { return next(prompt); }, joins,
                [this](const std::string& hint) { hints.push_back(hint); }) {}

  std::optional<UserInput> read() { return *reader_.read(); }
  std::string text() {
    const auto input = read();
    return input ? input->text : "(left)";
  }

  std::vector<std::string> prompts, hints;

 private:
  Result<InputLine> next(const std::string& prompt) {
    prompts.push_back(prompt);
    if (lines_.empty()) return InputLine{};
    InputLine line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }
  std::deque<InputLine> lines_;
  MessageReader reader_;
};

TEST(MessageReader, ABackslashJoinsLines) {
  User user({line("a\\"), line("b\\"), line("c"), line("tex \\\\"), line("/help")});
  EXPECT_EQ(user.text(), "a\nb\nc");
  EXPECT_EQ(user.prompts, (std::vector<std::string>{"> ", ". ", ". "}));
  EXPECT_EQ(user.text(), "tex \\\\");
  EXPECT_TRUE(user.read()->may_be_command);
  EXPECT_EQ(user.text(), "(left)");
}

TEST(MessageReader, QuotesBeginAndEndABlock) {
  User user({line("\"\"\""), line("/a\\"), line(""), line("b\"\"\""), line("\"\"\"one line\"\"\""),
             line("\"\"\"x"), line("\"\"\"")});
  const auto block = user.read();
  EXPECT_EQ(block->text, "/a\\\n\nb");
  EXPECT_FALSE(block->may_be_command);
  EXPECT_EQ(user.prompts.back(), ". ");
  EXPECT_EQ(user.text(), "one line");
  EXPECT_EQ(user.text(), "x\n");
}

TEST(MessageReader, OneCtrlCDropsWhatWasTypedAndTwoLeave) {
  const InputLine cancelled{Kind::kCancelled}, typed{Kind::kCancelled, "", true};
  User user({line("a\\"), cancelled, line("b"), cancelled, line("c"), typed, cancelled, typed, cancelled,
             cancelled, line("never read")});
  EXPECT_EQ(user.text(), "b");
  EXPECT_EQ(user.text(), "c");
  EXPECT_EQ(user.hints.size(), 1u);
  EXPECT_EQ(user.text(), "(left)");
  EXPECT_EQ(user.hints.size(), 3u);
}

TEST(MessageReader, ThePipesLinesStayWhatTheyAre) {
  User user({line("a\\"), line("\"\"\"")}, false);
  EXPECT_EQ(user.text(), "a\\");
  EXPECT_EQ(user.text(), "\"\"\"");
}

}  // namespace
}  // namespace tern
