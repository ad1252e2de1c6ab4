#include "apps/tern/command_table.h"

#include <fmt/format.h>

#include <sstream>
#include <string_view>
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

}  // namespace

CommandEntry describe_command(const CLI::App& app) {
  CommandEntry command;
  command.name = app.get_name();
  command.help = app.get_description();
  command.group = app.get_group();
  for (const CLI::Option* option : app.get_options()) command.flags.push_back(describe_flag(*option));
  read_footer(app.get_footer(), &command);
  return command;
}

std::vector<CommandEntry> describe_commands(const CLI::App& program) {
  std::vector<CommandEntry> commands;
  for (const CLI::App* app : program.get_subcommands(std::function<bool(const CLI::App*)>())) {
    commands.push_back(describe_command(*app));
  }
  return commands;
}

}  // namespace tern
