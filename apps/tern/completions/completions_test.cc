#include "apps/tern/completions/completions.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

/// A command and a flag whose texts hold what the shells take for their own.
CompletionTable hostile() {
  FlagEntry flag;
  flag.names = {"-p", "--pot"};
  flag.kind = ValueKind::kWords;
  flag.words = {"a", "b'c"};
  flag.help = R"(It's a [pot]: $x `y` \z)";
  CommandEntry cook;
  cook.name = "cook";
  cook.help = flag.help;
  cook.flags = {flag};
  return {CommandEntry{}, {cook}};
}

void expect_in(const std::string& script, std::string_view part) {
  EXPECT_NE(script.find(part), std::string::npos) << part << " is not in\n" << script;
}

TEST(Completions, BashQuotesWords) {
  const std::string script = bash_completion(hostile());
  expect_in(script, "    'cook -p' | 'cook --pot') echo 'words a b'\\''c' ;;\n");
  expect_in(script, "    'cook') echo '-p --pot' ;;\n    'commands') echo 'cook' ;;\n");
}

TEST(Completions, ZshQuotesForItselfAndForItsArguments) {
  const std::string script = zsh_completion(hostile());
  expect_in(script, R"('cook:It'\''s a \[pot\]\: $x `y` \\z')");
  expect_in(script, R"('(-p --pot)-p+[It'\''s a \[pot\]\: $x `y` \\z]:value:(a b'\''c)')");
  expect_in(script, R"('(-p --pot)--pot=[It'\''s)");
}

TEST(Completions, FishQuotes) {
  const std::string script = fish_completion(hostile());
  expect_in(script, R"(complete -c tern -n __tern_at -a cook -d 'It\'s a [pot]: $x `y` \\z')");
  expect_in(script, R"(complete -c tern -n '__tern_at cook' -s p -l pot -x -a 'a b\'c' -d 'It\'s)");
}

TEST(Completions, TheProgramsFlagsWithValuesAreSkippedOnTheWayToTheCommand) {
  CompletionTable table = hostile();
  FlagEntry config, quiet;
  config.names = {"--config"};
  config.kind = ValueKind::kFile;
  quiet.names = {"--quiet"};
  table.program.flags = {quiet, config};
  EXPECT_EQ(program_flags_with_value(table), std::vector<std::string>{"--config"});
  expect_in(fish_completion(table), "            case --config\n                set skip 1\n");
  expect_in(bash_completion(table), "    ' --config') echo 'file' ;;\n");
}

}  // namespace
}  // namespace tern
