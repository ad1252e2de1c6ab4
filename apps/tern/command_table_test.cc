#include "apps/tern/command_table.h"

#include <gtest/gtest.h>

#include "apps/tern/manual_page.h"

namespace tern {
namespace {

using Words = std::vector<std::string>;

TEST(CommandTable, SaysWhatCliKnows) {
  CLI::App program("A program", "tern");
  CLI::App* const app = program.add_subcommand("cook", "Cook something")->group("Kitchen");
  std::string dish, oven = "gas", book, cellar;
  std::vector<std::string> spices;
  bool quick = false;
  app->add_option("DISH,-d,--dish", dish, "What to cook")->required()->type_name("FILE");
  app->add_option("--oven", oven, "Which oven")
      ->check(CLI::IsMember({"gas", "wood"}))
      ->capture_default_str()
      ->group("Heat");
  app->add_option("--cellar", cellar, "Where wine is")->type_name("DIR");
  app->add_option("--spice", spices, "Spices")->take_all()->expected(1)->type_name("TEXT");
  app->add_flag("-q,--quick", quick, "Hurry")->configurable(false);
  app->footer("Examples:\n  tern cook soup\n  tern cook stew -q\n\nBe careful.\n\nIt is hot.");

  const std::vector<CommandEntry> commands = describe_commands(program);
  ASSERT_EQ(commands.size(), 1u);
  const CommandEntry& cook = commands[0];
  EXPECT_EQ(cook.name, "cook");
  EXPECT_EQ(cook.help, "Cook something");
  EXPECT_EQ(cook.group, "Kitchen");
  EXPECT_EQ(cook.examples, (Words{"tern cook soup", "tern cook stew -q"}));
  EXPECT_EQ(cook.notes, "Be careful.\n\nIt is hot.");
  ASSERT_EQ(cook.flags.size(), 6u);
  EXPECT_EQ(cook.flags[0].names, (Words{"-h", "--help"}));
  EXPECT_EQ(cook.flags[0].kind, ValueKind::kNone);
  EXPECT_EQ(cook.flags[1].names, (Words{"-d", "--dish"}));
  EXPECT_EQ(cook.flags[1].place, "DISH");
  EXPECT_EQ(cook.flags[1].kind, ValueKind::kFile);
  EXPECT_TRUE(cook.flags[1].required);
  EXPECT_EQ(cook.flags[2].words, (Words{"gas", "wood"}));
  EXPECT_EQ(cook.flags[2].value, "gas|wood");
  EXPECT_EQ(cook.flags[2].standard, "gas");
  EXPECT_EQ(cook.flags[2].group, "Heat");
  EXPECT_EQ(cook.flags[3].kind, ValueKind::kFolder);
  EXPECT_EQ(cook.flags[4].kind, ValueKind::kText);
  EXPECT_TRUE(cook.flags[4].repeats);
  EXPECT_FALSE(cook.flags[5].configurable);
  EXPECT_TRUE(cook.flags[4].configurable);
}

TEST(ManualPage, EscapesWhatRoffWouldTakeForItsOwn) {
  CommandEntry command;
  command.name = "cook";
  command.help = "Cook \\fIraw\\fR it's \"hot\" -1 ~ ^ `x`";
  command.notes = ".TH is no request\n'nor this\n";
  const std::string page = command_page(command);
  EXPECT_NE(
      page.find("tern\\-cook \\- Cook \\efIraw\\efR it\\(aqs \\(dqhot\\(dq \\-1 \\(ti \\(ha \\(gax\\(ga\n"),
      std::string::npos)
      << page;
  EXPECT_NE(page.find("\n\\&.TH is no request\n\\(aqnor this\n"), std::string::npos) << page;
}

}  // namespace
}  // namespace tern
