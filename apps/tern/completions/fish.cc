#include <fmt/format.h>

#include "apps/tern/completions/completions.h"

namespace tern {
namespace {

std::string fish_word(std::string_view text) {
  return "'" + replaced(text, {{'\'', R"(\')"}, {'\\', R"(\\)"}}) + "'";
}

/// Options of fish's `complete` for what stands behind a flag or at a place.
std::string value_of(const FlagEntry& flag) {
  switch (flag.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kText:
      return " -x";
    case ValueKind::kWords:
      return fmt::format(" -x -a {}", fish_word(fmt::format("{}", fmt::join(flag.words, " "))));
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kFolder:
      return " -x -a '(__fish_complete_directories)'";
  }
  return "";
}

/// What stands at a place: no value of a flag.
std::string place_of(const FlagEntry& flag) {
  if (flag.kind == ValueKind::kFile) return " -F";
  return flag.kind == ValueKind::kWords
             ? fmt::format(" -a {}", fish_word(fmt::format("{}", fmt::join(flag.words, " "))))
             : "";
}

std::string lines_of(const CommandEntry& command, std::string_view name) {
  std::string lines;
  const std::string start =
      fmt::format("complete -c tern -n {}", fish_word(fmt::format("__tern_at {}", name)));
  for (const FlagEntry& flag : command.flags) {
    std::string names;
    for (const std::string& flag_name : flag.names) {
      names += flag_name.starts_with("--") ? " -l " + flag_name.substr(2) : " -s " + flag_name.substr(1);
    }
    if (!names.empty())
      lines += fmt::format("{}{}{} -d {}\n", start, names, value_of(flag), fish_word(flag.help));
    if (!flag.place.empty() && !place_of(flag).empty()) lines += start + place_of(flag) + "\n";
  }
  return lines;
}

}  // namespace

std::string fish_completion(const CompletionTable& table) {
  std::string lines = lines_of(table.program, "");
  for (const auto& [word, help] : first_words(table)) {
    lines += fmt::format("complete -c tern -n __tern_at -a {} -d {}\n", word, fish_word(help));
  }
  for (const auto& entries : {table.commands, table.families}) {
    for (const CommandEntry& command : entries) lines += lines_of(command, command.name);
  }
  return fmt::format(R"(# fish completion for tern {}, printed by `tern completions fish`

# __tern_at COMMAND: whether the line has that command; without COMMAND, whether it has none yet
function __tern_at
    set -l words (commandline -opc)
    set -l skip 1 # the program itself
    set -l command
    for word in $words
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case {}
                set skip 1
            case '-*'
            case '*'
                set -a command $word
                contains -- "$command" {} # the first of two words
                or break
        end
    end
    test "$command" = "$argv"
end

complete -c tern -f
{})",
                     TERN_VERSION, fmt::join(program_flags_with_value(table), " "),
                     fmt::join(family_names(table), " "), lines);
}

}  // namespace tern
