#include "apps/tern/completions/completions.h"

#include <algorithm>

namespace tern {

std::vector<std::pair<std::string, std::string>> first_words(const CompletionTable& table) {
  std::vector<std::pair<std::string, std::string>> words;
  for (const CommandEntry& command : table.commands) {
    if (command.name.find(' ') == std::string::npos) words.emplace_back(command.name, command.help);
  }
  for (const CommandEntry& family : table.families) words.emplace_back(family.name, family.help);
  return words;
}

std::vector<std::string> family_names(const CompletionTable& table) {
  std::vector<std::string> names;
  for (const CommandEntry& family : table.families) names.push_back(family.name);
  return names;
}

std::vector<std::string> program_flags_with_value(const CompletionTable& table) {
  std::vector<std::string> names;
  for (const FlagEntry& flag : table.program.flags) {
    if (flag.kind != ValueKind::kNone) names.insert(names.end(), flag.names.begin(), flag.names.end());
  }
  return names;
}

std::string replaced(std::string_view text, const std::vector<std::pair<char, std::string_view>>& quotes) {
  std::string result;
  for (const char c : text) {
    const auto found =
        std::find_if(quotes.begin(), quotes.end(), [c](const auto& pair) { return pair.first == c; });
    if (found == quotes.end()) {
      result += c;
    } else {
      result += found->second;
    }
  }
  return result;
}

}  // namespace tern
