#include <fmt/format.h>

#include "apps/tern/completions/completions.h"

namespace tern {
namespace {

// _tern_value and _tern_words are the table; the rest finds the place in it.
constexpr std::string_view kFunction = R"bash(
_tern() {
  local current=${COMP_WORDS[COMP_CWORD]} command= flag= place=1 word value i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then # bash makes three words of --flag=value
      continue
    elif [[ -n $flag || ${COMP_WORDS[i - 1]} == = ]]; then
      flag=
    elif [[ $word == -* ]]; then
      [[ -z $(_tern_value "$command" "$word") ]] || flag=$word
    elif [[ -z $command ]]; then
      command=$word
    elif [[ $place == 1 && -n $(_tern_words "$command $word") ]]; then # a command of two words
      command+=" $word"
    else
      ((place++))
    fi
  done
  [[ $current != = ]] || current=
  if [[ -n $flag ]]; then
    value=$(_tern_value "$command" "$flag")
  elif [[ $current == -* ]]; then
    value="words $(_tern_words "$command")"
  elif [[ -z $command ]]; then
    value="words $(_tern_words commands)"
  else
    value=$(_tern_value "$command" "$place")
  fi
  COMPREPLY=()
  case $value in
    words*) mapfile -t COMPREPLY < <(compgen -W "${value#words}" -- "$current") ;;
    file) compopt -o default ;;
    folder) compopt -o dirnames ;;
  esac
}
complete -F _tern tern
)bash";

std::string bash_word(std::string_view text) {
  return "'" + replaced(text, {{'\'', R"('\'')"}}) + "'";
}

/// How _tern_value says what a value is.
std::string value_of(const FlagEntry& flag) {
  switch (flag.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kText:
      return "text";
    case ValueKind::kWords:
      return fmt::format("words {}", fmt::join(flag.words, " "));
    case ValueKind::kFile:
      return "file";
    case ValueKind::kFolder:
      return "folder";
  }
  return "";
}

std::string values_of(const CommandEntry& command, std::string_view name) {
  std::string cases;
  int place = 0;
  for (const FlagEntry& flag : command.flags) {
    std::vector<std::string> patterns;
    for (const std::string& flag_name : flag.names)
      patterns.push_back(bash_word(fmt::format("{} {}", name, flag_name)));
    if (!flag.place.empty()) patterns.push_back(bash_word(fmt::format("{} {}", name, ++place)));
    if (flag.kind == ValueKind::kNone) continue;
    cases += fmt::format("    {}) echo {} ;;\n", fmt::join(patterns, " | "), bash_word(value_of(flag)));
  }
  return cases;
}

std::string words_case(std::string_view name, const std::vector<std::string>& words) {
  return fmt::format("    {}) echo {} ;;\n", bash_word(name),
                     bash_word(fmt::format("{}", fmt::join(words, " "))));
}

std::string flags_case(const CommandEntry& command, std::string_view name) {
  std::vector<std::string> names;
  for (const FlagEntry& flag : command.flags) names.insert(names.end(), flag.names.begin(), flag.names.end());
  return words_case(name, names);
}

}  // namespace

std::string bash_completion(const CompletionTable& table) {
  std::string values = values_of(table.program, ""), words = flags_case(table.program, "");
  for (const auto& entries : {table.commands, table.families}) {
    for (const CommandEntry& command : entries) {
      values += values_of(command, command.name);
      words += flags_case(command, command.name);
    }
  }
  std::vector<std::string> verbs;
  for (const auto& [word, help] : first_words(table)) verbs.push_back(word);
  words += words_case("commands", verbs);
  return fmt::format(
             "# bash completion for tern {}, printed by `tern completions bash`\n\n"
             "# _tern_value COMMAND FLAG|PLACE: what stands there; nothing behind a flag that takes no "
             "value\n"
             "_tern_value() {{\n  case \"$1 $2\" in\n{}  esac\n}}\n\n"
             "# _tern_words COMMAND|commands: its flags, or all commands\n"
             "_tern_words() {{\n  case $1 in\n{}  esac\n}}\n",
             TERN_VERSION, values, words) +
         std::string(kFunction);
}

}  // namespace tern
