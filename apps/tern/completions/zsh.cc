#include <fmt/format.h>

#include "apps/tern/completions/completions.h"

namespace tern {
namespace {

/// `text` inside single quotes, where _arguments and _describe take brackets and colons for their own.
std::string escaped(std::string_view text) {
  return replaced(text, {{'\'', R"('\'')"}, {'\\', R"(\\)"}, {'[', R"(\[)"}, {']', R"(\])"}, {':', R"(\:)"}});
}

/// ":what:how" of a value.
std::string action_of(const FlagEntry& flag) {
  switch (flag.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kText:
      return fmt::format(":{}: ", escaped(flag.value));
    case ValueKind::kWords:
      return fmt::format(":value:({})", escaped(fmt::format("{}", fmt::join(flag.words, " "))));
    case ValueKind::kFile:
      return fmt::format(":{}:_files", escaped(flag.value));
    case ValueKind::kFolder:
      return fmt::format(":{}:_files -/", escaped(flag.value));
  }
  return "";
}

/// One specification for each name: `-m+` and `--model=` take a value as the next word or as the rest of
/// theirs.
std::string specs_of(const FlagEntry& flag, std::string_view indent) {
  std::string specs;
  for (const std::string& name : flag.names) {
    const std::string_view joint = flag.kind == ValueKind::kNone ? "" : name.starts_with("--") ? "=" : "+";
    const std::string once = flag.repeats ? "*" : fmt::format("({})", fmt::join(flag.names, " "));
    specs +=
        fmt::format(" \\\n{}'{}{}{}[{}]{}'", indent, once, name, joint, escaped(flag.help), action_of(flag));
  }
  return specs;
}

std::string arguments_of(const CommandEntry& command, std::string_view indent) {
  std::string specs;
  int place = 0;
  for (const FlagEntry& flag : command.flags) {
    specs += specs_of(flag, indent);
    if (flag.place.empty()) continue;
    const std::string which = flag.repeats ? "*" : fmt::format("{}", ++place);
    specs += fmt::format(" \\\n{}'{}{}'", indent, which, action_of(flag));
  }
  return specs;
}

}  // namespace

std::string zsh_completion(const CompletionTable& table) {
  std::string verbs, cases;
  for (const auto& [word, help] : first_words(table)) {
    verbs += fmt::format("        '{}:{}'\n", word, escaped(help));
  }
  for (const auto& entries : {table.commands, table.families}) {
    for (const CommandEntry& command : entries) {
      cases += fmt::format("        '{}')\n          _arguments -S{}\n          ;;\n", command.name,
                           arguments_of(command, "            "));
    }
  }
  return fmt::format(R"(#compdef tern
# zsh completion for tern {}, printed by `tern completions zsh`

_tern() {{
  local context state state_descr line command
  typeset -A opt_args
  _arguments -C -S{} \
    '1:command:->command' \
    '*::: :->argument'
  case $state in
    command)
      local -a commands
      commands=(
{}      )
      _describe command commands
      ;;
    argument)
      # The command counts as the program's name.
      words=("$line[1]" "${{words[@]}}")
      ((CURRENT += 1))
      command=$words[1]
      if ((CURRENT > 2)) && [[ " {} " == *" $command "* ]]; then # a command of two words counts as one
        command+=" $words[2]"
        shift words
        ((CURRENT -= 1))
      fi
      case $command in
{}      esac
      ;;
  esac
}}

_tern "$@"
)",
                     TERN_VERSION, arguments_of(table.program, "    "), verbs,
                     fmt::join(family_names(table), " "), cases);
}

}  // namespace tern
