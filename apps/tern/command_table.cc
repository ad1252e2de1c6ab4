#include "apps/tern/command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace tern {
namespace {

/// "{f16,f32,i8}" at the end of a type's name, which is how CLI::IsMember describes itself, as words.
std::vector<std::string> words_of(std::string_view type) {
  std::vector<std::string> words;
  const size_t open = type.find('{');
  if (open == std::string_view::npos || !type.ends_with('}')) return words;
  std::istringstream list{std::string(type.substr(open + 1, type.size() - open - 2))};
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return words;
}

ValueKind kind_of(std::string_view type) {
  for (const std::string_view file : {"FILE", "MODEL", "PATH"}) {
    if (type == file) return ValueKind::kFile;
  }
  return type == "DIR" ? ValueKind::kFolder : ValueKind::kText;
}

FlagEntry describe_flag(const CLI::Option& option) {
  FlagEntry flag;
  flag.help = option.get_description();
  flag.group = option.get_group();
  flag.standard = option.get_default_str();
  flag.required = option.get_required();
  flag.configurable = option.get_configurable();
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  if (option.get_positional()) flag.place = option.get_name(true, false);
  if (option.get_items_expected_max() == 0) return flag;
  flag.value = option.get_type_name();
  flag.words = words_of(flag.value);
  flag.kind = flag.words.empty() ? kind_of(flag.value) : ValueKind::kWords;
  if (!flag.words.empty()) flag.value = fmt::format("{}", fmt::join(flag.words, "|"));
  flag.repeats = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll ||
                 option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  return flag;
}

void read_footer(const std::string& footer, CommandEntry* command) {
  std::istringstream lines(footer);
  std::string line;
  std::getline(lines, line);  // "Examples:"
  while (std::getline(lines, line) && line.starts_with("  ")) command->examples.push_back(line.substr(2));
  while (std::getline(lines, line)) command->notes += (command->notes.empty() ? "" : "\n") + line;
}

using Apps = std::vector<const CLI::App*>;

Apps below(const CLI::App& app) {
  return app.get_subcommands(std::function<bool(const CLI::App*)>());
}

/// Which command it is, behind the first word of a family.
FlagEntry second_word(const Apps& commands) {
  FlagEntry word;
  word.place = "COMMAND";
  word.kind = ValueKind::kWords;
  for (const CLI::App* command : commands) word.words.push_back(command->get_name());
  word.value = fmt::format("{}", fmt::join(word.words, "|"));
  word.required = true;
  return word;
}

}  // namespace

std::string dashed(std::string_view name) {
  std::string word(name);
  std::replace(word.begin(), word.end(), ' ', '-');
  return word;
}

CommandEntry describe_command(const CLI::App& app) {
  CommandEntry command;
  const CLI::App* const family = app.get_parent();
  const bool has_family = family != nullptr && family->get_parent() != nullptr;
  command.name = (has_family ? family->get_name() + " " : "") + app.get_name();
  command.help = app.get_description();
  command.group = app.get_group();
  for (const CLI::Option* option : app.get_options()) command.flags.push_back(describe_flag(*option));
  const bool is_program = family == nullptr;
  if (const Apps commands = below(app); !is_program && !commands.empty()) {
    command.flags.push_back(second_word(commands));
  }
  read_footer(app.get_footer(), &command);
  return command;
}

std::vector<CommandEntry> describe_commands(const CLI::App& program) {
  std::vector<CommandEntry> commands;
  for (const CLI::App* app : below(program)) {
    const Apps family = below(*app);
    for (const CLI::App* command : family.empty() ? Apps{app} : family) {
      commands.push_back(describe_command(*command));
    }
  }
  return commands;
}

std::vector<CommandEntry> describe_families(const CLI::App& program) {
  std::vector<CommandEntry> families;
  for (const CLI::App* app : below(program)) {
    if (!below(*app).empty()) families.push_back(describe_command(*app));
  }
  return families;
}

}  // namespace tern
