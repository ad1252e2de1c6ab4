#include "apps/tern/config/config.h"

#include <gtest/gtest.h>

#include <memory>

#include "apps/tern/ranges.h"
#include "base/testing.h"

namespace tern {
namespace {

/// A program with two commands, and a config file.
struct Program {
  CLI::App app{"", "tern"};
  Config config;
  CLI::App *cook, *eat;
  std::string oven = "none", dish, fork;
  int heat = 0;
  std::vector<std::string> spices;
  bool quick = false, slow = false;
  testing::TempFolder folder;

  Program() {
    cook = app.add_subcommand("cook", "");
    cook->add_option("DISH,-d,--dish", dish)->required();
    cook->add_option("-o,--oven", oven)->check(CLI::IsMember({"gas", "wood"}));
    cook->add_option("--heat", heat)->check(between(0, 300));
    cook->add_option("--spice", spices)->take_all()->expected(1)->allow_extra_args(false);
    CLI::Option* const fast = cook->add_flag("--quick", quick);
    cook->add_flag("--slow", slow)->excludes(fast);
    eat = app.add_subcommand("eat", "");
    eat->add_option("--dish", dish);
    eat->add_option("--fork", fork)->needs(eat->get_option("--dish"));
    for (CLI::App* each : {&app, cook, eat}) config.add_flags(*each);
  }

  /// What becomes of a command line, blanks between its words, beside a config file that says `text`.
  Status run(const std::string& text, const std::string& words, bool with_config = true) {
    const std::string path = folder.file("c.toml");
    testing::write_file(path, text);
    try {
      app.parse(with_config ? fmt::format("--config {} {}", path, words) : words);
    } catch (const CLI::RequiredError&) {
    } catch (const CLI::RequiresError&) {
    }
    return config.apply(app, cook->parsed() ? cook : eat);
  }
};

void accept(const Status& status) {
  ASSERT_TRUE(status) << status.error().message();
}

TEST(Config, SetsWhatTheCommandLineDoesNotGive) {
  Program program;
  accept(program.run(
      "[cook]\ndish = 'soup'\nheat = 120\noven = 'wood'\nspice = ['[salt,pepper]', 'bay']\nquick = true\n",
      "cook --heat 80"));
  EXPECT_EQ(program.dish, "soup");
  EXPECT_EQ(program.heat, 80);
  EXPECT_EQ(program.oven, "wood");
  EXPECT_EQ(program.spices, (std::vector<std::string>{"[salt,pepper]", "bay"}));
  EXPECT_TRUE(program.quick);
  EXPECT_NE(program.config.describe().find(
                "c.toml gives --dish (line 2), --oven (line 4), --spice (line 5), --quick (line 6)"),
            std::string::npos)
      << program.config.describe();
}

TEST(Config, ACommandsTableGoesBeforeAll) {
  Program program;
  accept(program.run("[all]\ndish = 'soup'\nheat = 7\nquick = true\n[cook]\ndish = 'stew'\nquick = false\n",
                     "cook"));
  EXPECT_EQ(program.dish, "stew");
  EXPECT_EQ(program.heat, 7);
  EXPECT_FALSE(program.quick);
}

TEST(Config, OfAllACommandTakesWhatItHas) {
  Program program;
  accept(program.run("[all]\ndish = 'soup'\nheat = 7\n[cook]\ndish = 'stew'\n", "eat"));
  EXPECT_EQ(program.dish, "soup");
  EXPECT_EQ(program.heat, 0);
}

TEST(Config, StandsBackWhereTheCommandLineSaysTheOpposite) {
  Program program;
  accept(program.run("[cook]\nquick = true\ndish = 'soup'", "cook --slow"));
  EXPECT_FALSE(program.quick);
  EXPECT_TRUE(program.slow);
}

TEST(Config, AValueThatNeedsAnotherWaitsForIt) {
  Program alone;
  accept(alone.run("[eat]\nfork = 'silver'\n", "eat"));
  EXPECT_EQ(alone.fork, "");
  Program both;
  accept(both.run("[eat]\nfork = 'silver'\ndish = 'soup'\n", "eat"));
  EXPECT_EQ(both.fork, "silver");
}

TEST(Config, NoConfigReadsNone) {
  Program program;
  accept(program.run("[cook]\nheat = 5\n", "cook --no-config -d soup", false));
  EXPECT_EQ(program.heat, 0);
  EXPECT_EQ(program.config.describe(), "");
  Program both;
  const Status status = both.run("", "cook --no-config -d soup");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
}

void refuse(const std::string& text, std::string_view message) {
  Program program;
  const Status status = program.run(text, "cook -d soup");
  ASSERT_FALSE(status) << text;
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(status.error().message().find(message), std::string::npos) << status.error().message();
}

TEST(Config, WhatIsWrongIsNamed) {
  refuse("\n[coook]\n", "c.toml:2: [coook]: there is no such command: did you mean cook?");
  refuse("[frobnicate]\n", "c.toml:1: [frobnicate]: there is no such command: `tern --help` lists them");
  refuse("[cook]\nhaet = 1\n", "c.toml:2: [cook] haet: tern cook has no flag --haet: did you mean heat?");
  refuse("[eat]\nheat = 1\n", "c.toml:2: [eat] heat: tern eat has no flag --heat");
  refuse("[all]\nfrok = 'x'\n", "c.toml:2: [all] frok: no command has a flag --frok: did you mean fork?");
  refuse("[cook]\nhelp = true\n", "[cook] help: tern cook has no flag --help");
  refuse("[cook]\nconfig = 'x'\n", "[cook] config: tern cook has no flag --config");
  refuse("[cook]\nd = 'x'\n", "[cook] d: tern cook has no flag --d");
  refuse("[cook]\n'' = 'x'\n", "[cook] : tern cook has no flag --:");
}

TEST(Config, TypesAreThoseOfTheFlags) {
  refuse("[cook]\nquick = 'yes'\n", "c.toml:2: [cook] quick: must be true or false");
  refuse("[cook]\nquick = 1\n", "must be true or false");
  refuse("[cook]\noven = true\n", "[cook] oven: must be a string or a number, not true or false");
  refuse("[cook]\nheat = [1, 2]\n", "[cook] heat: takes one value, not a list");
  refuse("[all]\nquick = 'yes'\n", "[all] quick: must be true or false");
  refuse("[eat]\nfork = true\n", "[eat] fork: must be a string");  // also of commands that do not run
}

TEST(Config, ValuesAreCheckedAsThoseOfACommandLine) {
  refuse("[cook]\noven = 'coal'\n", "c.toml:2: [cook] oven: --oven: coal not in {gas,wood}");
  refuse("[cook]\nheat = 301\n", "c.toml:2: [cook] heat: --heat: Value 301 not in range");
  refuse("[cook]\nheat = 'warm'\n", "c.toml:2: [cook] heat: ");
  refuse("[all]\nheat = 1.5\n", "c.toml:2: [all] heat: ");
}

}  // namespace
}  // namespace tern
