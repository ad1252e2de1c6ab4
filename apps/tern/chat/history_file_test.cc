#include "apps/tern/chat/history_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/testing.h"

namespace tern {
namespace {

/// History is kept in a folder that vanishes.
class HistoryFiles : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_STATE_HOME", folder_.path().c_str(), 1); }
  void TearDown() override {
    if (old_.empty()) {
      ::unsetenv("XDG_STATE_HOME");
    } else {
      ::setenv("XDG_STATE_HOME", old_.c_str(), 1);
    }
  }

  /// Latest first, as the arrow key goes through them.
  static std::vector<std::string> lines(const HistoryFile& file) {
    std::vector<std::string> lines;
    HistEvent event;
    for (int found = history(file.lines(), &event, H_FIRST); found >= 0;
         found = history(file.lines(), &event, H_NEXT)) {
      lines.emplace_back(event.str);
    }
    return lines;
  }

  using Lines = std::vector<std::string>;
  const std::string old_ = environment("XDG_STATE_HOME");
  testing::TempFolder folder_;
};

TEST_F(HistoryFiles, TheNextRunHasTheLines) {
  HistoryFile().add("one\n");
  HistoryFile().add("two\n");
  EXPECT_EQ(lines(HistoryFile()), (Lines{"two\n", "one\n"}));
}

TEST_F(HistoryFiles, TwoChatsAtOnceLoseNothing) {
  HistoryFile first, second;
  first.add("one\n");
  second.add("two\n");
  second.add("three\n");
  first.add("four\n");
  const Lines all = {"four\n", "three\n", "two\n", "one\n"};
  EXPECT_EQ(lines(first), all);
  EXPECT_EQ(lines(HistoryFile()), all);
}

TEST_F(HistoryFiles, WhoRemovesTheFileKeepsTheLinesOfTheRun) {
  HistoryFile file;
  file.add("one\n");
  ASSERT_TRUE(std::filesystem::remove(folder_.file("tern/history")));
  file.add("two\n");
  EXPECT_EQ(lines(file), (Lines{"two\n", "one\n"}));
  EXPECT_EQ(lines(HistoryFile()), (Lines{"two\n", "one\n"}));
}

}  // namespace
}  // namespace tern
