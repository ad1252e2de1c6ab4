#pragma once
// Scripts that complete tern's commands, flags and their values in a shell.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/tern/command_table.h"

namespace tern {

/// What the scripts complete.
struct CompletionTable {
  CommandEntry program;
  std::vector<CommandEntry> commands, families;
};

std::string bash_completion(const CompletionTable& table);
std::string zsh_completion(const CompletionTable& table);
std::string fish_completion(const CompletionTable& table);

/// What stands behind `tern`: first words, each once, with what they are for.
std::vector<std::pair<std::string, std::string>> first_words(const CompletionTable& table);

/// The names of families.
std::vector<std::string> family_names(const CompletionTable& table);

/// The names of the program's flags that take a value, in front of the command.
std::vector<std::string> program_flags_with_value(const CompletionTable& table);

/// `text` with `quotes`, pairs of what must not stand in a script and what stands for it, replaced.
std::string replaced(std::string_view text, const std::vector<std::pair<char, std::string_view>>& quotes);

}  // namespace tern
