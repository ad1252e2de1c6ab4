#include "apps/tern/config/config_file.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace tern {
namespace {

using Words = std::vector<std::string>;

TEST(ConfigFile, KeepsTablesTypesAndLines) {
  const auto file = parse_config(
      "# a comment\n[run]\ntemp = 0.7\nmax-tokens = -1\nseed = 0x10\njson = true\n\nstop = ['[a,b]', "
      "\"\\n\"]\n"
      "[all]\nmodel = \"\"\"\nmo\\\n  del\"\"\"\nmin-p = 1e-5\n",
      "c");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->path, "c");
  ASSERT_EQ(file->tables.size(), 2u);
  const ConfigTable &run = file->tables[0], &all = file->tables[1];
  EXPECT_EQ(run.name, "run");
  EXPECT_EQ(run.line, 2u);
  ASSERT_EQ(run.entries.size(), 5u);
  EXPECT_EQ(run.entries[0].key, "temp");
  EXPECT_EQ(std::get<std::string>(run.entries[0].value), "0.7");
  EXPECT_EQ(std::get<std::string>(run.entries[1].value), "-1");
  EXPECT_EQ(std::get<std::string>(run.entries[2].value), "16");
  EXPECT_TRUE(std::get<bool>(run.entries[3].value));
  EXPECT_EQ(std::get<Words>(run.entries[4].value), (Words{"[a,b]", "\n"}));
  EXPECT_EQ(run.entries[4].line, 8u);
  EXPECT_EQ(all.name, "all");
  EXPECT_EQ(std::get<std::string>(all.entries[0].value), "model");
  EXPECT_EQ(std::get<std::string>(all.entries[1].value), "1e-05");
}

TEST(ConfigFile, TablesMayBeWrittenInEachWay) {
  for (const char* text :
       {"[run]\nkv = 'i8'\n", "run.kv = 'i8'", "run = { kv = 'i8' }", "\"run\".'kv' = \"i8\""}) {
    const auto file = parse_config(text, "c");
    ASSERT_TRUE(file) << text << file.error().message();
    ASSERT_EQ(file->tables.size(), 1u) << text;
    EXPECT_EQ(file->tables[0].name, "run") << text;
    ASSERT_EQ(file->tables[0].entries.size(), 1u) << text;
    EXPECT_EQ(std::get<std::string>(file->tables[0].entries[0].value), "i8") << text;
  }
  const auto empty = parse_config("", "c");
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->tables.empty());
}

void refuse(std::string_view text, ErrorCode code, std::string_view message) {
  const auto file = parse_config(text, "c.toml");
  ASSERT_FALSE(file) << text;
  EXPECT_EQ(file.error().code(), code) << file.error().message();
  EXPECT_EQ(file.error().message().substr(0, message.size()), message);
}

TEST(ConfigFile, NamesTheLineOfWhatItRefuses) {
  refuse("[run]\ntemp = \n", ErrorCode::kBadFile, "c.toml:2: ");
  refuse("[run]\n[?]\n", ErrorCode::kBadFile, "c.toml:2: ");
  refuse("[run]\nk\u03bf = 1\n", ErrorCode::kBadFile, "c.toml:2: ");
  refuse("[run]\ntemp = 1\ntemp = 2\n", ErrorCode::kBadFile, "c.toml:3: ");
  refuse("\n[run]\n[run]\n", ErrorCode::kBadFile, "c.toml:3: ");
  refuse("[run]\nsystem = \"\xff\"\n", ErrorCode::kBadFile, "c.toml:2: ");
  refuse("temp = 1\n", ErrorCode::kInvalidArgument, "c.toml:1: temp: stands in no table");
  refuse("[[run]]\ntemp = 1\n", ErrorCode::kInvalidArgument, "c.toml:1: run: stands in no table");
  refuse("[run]\nx = 1979-05-27\n", ErrorCode::kInvalidArgument,
         "c.toml:2: [run] x: must be a string, a number, true, false or a list, not a date or a time");
  refuse("[run.x]\ny = 1\n", ErrorCode::kInvalidArgument, "c.toml:1: [run] x: must be a string");
  refuse("[run]\nstop = ['a', ['b']]\n", ErrorCode::kInvalidArgument,
         "c.toml:2: [run] stop: must be a list of strings or numbers, not a list");
  refuse("[run]\nstop = [true]\n", ErrorCode::kInvalidArgument,
         "c.toml:2: [run] stop: must be a list of strings or numbers, not true or false");
  refuse("[run]\nstop = \"a\\u0000b\"\n", ErrorCode::kInvalidArgument,
         "c.toml:2: [run] stop: holds a NUL character");
}

std::string repeated(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

TEST(ConfigFile, IsBounded) {
  const std::string longest = "[run]\nsystem = '" + std::string(16384 - 17, 'a') + "'";
  EXPECT_TRUE(parse_config(longest, "c"));
  refuse(longest + "\n", ErrorCode::kBadFile, "c.toml: longer than 16384 bytes");
  // As deep as 16 KiB can be: tables in tables, in each way, and lists in lists.
  for (const std::string& text :
       {repeated("a.", 8190) + "a=1", "[" + repeated("a.", 8190) + "a]", repeated("a.a.a.a.a.a.a.a={", 960),
        "a=" + repeated("[", 16000), "a=" + repeated("{a=", 5000), repeated("a=[{", 4000),
        "[a]\nb=" + repeated("[", 200) + repeated("]", 200)}) {
    EXPECT_FALSE(parse_config(text, "c")) << text.substr(0, 40);
  }
  // Many keys, none of which may cost as much as there are others.
  std::string many = "[run]\n";
  for (int i = 0; many.size() < 16000; ++i) many += fmt::format("k{}=1\n", i);
  EXPECT_TRUE(parse_config(many, "c"));
}

TEST(ConfigFile, IsReadFromAFile) {
  const testing::TempFolder folder;
  testing::write_file(folder.file("c.toml"), "[run]\ntemp = 1\n");
  EXPECT_TRUE(read_config(folder.file("c.toml")));
  EXPECT_EQ(read_config(folder.file("none.toml")).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(read_config(folder.path()).error().code(), ErrorCode::kBadFile);
  testing::write_file(folder.file("long.toml"), std::string(16385, '\n'));
  EXPECT_EQ(read_config(folder.file("long.toml")).error().code(), ErrorCode::kBadFile);
}

}  // namespace
}  // namespace tern
