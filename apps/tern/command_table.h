#pragma once
// What CLI11 knows of the commands, as plain data: the one source of man pages and shell completions.
#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tern {

/// What stands behind a flag or at an argument's place, as far as a shell can complete it.
enum class ValueKind { kNone, kText, kWords, kFile, kFolder };

/// A flag, an argument that is told by its place, or one thing that may be given in either way.
struct FlagEntry {
  std::vector<std::string> names;  ///< "-m", "--model"; empty for what only has a place
  std::string place;               ///< "MODEL"; empty for what only has names
  ValueKind kind = ValueKind::kNone;
  std::string value;               ///< what stands behind it: "FILE", "f16|f32|i8"; empty for kNone
  std::vector<std::string> words;  ///< all that kWords may be
  std::string help, group;
  std::string standard;  ///< the value when it is not given, where that can be said in a word
  bool required = false, repeats = false;
  bool configurable = false;  ///< may stand in a config file
};

struct CommandEntry {
  std::string name;  ///< as it is typed: "run", "data prepare"
  std::string help, group;
  std::vector<FlagEntry> flags;       ///< in the order of --help
  std::vector<std::string> examples;  ///< command lines
  std::string notes;                  ///< paragraphs behind the examples, with an empty line between two
};

/// The name of a command in one word: "data-prepare".
std::string dashed(std::string_view name);

/// The program, a command of it, or the first word of commands, which then is its only argument. Its examples
/// are the indented lines of the footer, which begins with "Examples:"; its notes are what follows.
CommandEntry describe_command(const CLI::App& app);
/// The commands of the program, in the order of commands.inc.
std::vector<CommandEntry> describe_commands(const CLI::App& program);
/// The first words of its commands of two words.
std::vector<CommandEntry> describe_families(const CLI::App& program);

}  // namespace tern
