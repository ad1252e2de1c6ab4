// tern completions: a script for the shell.
#include <memory>
#include <utility>

#include "apps/tern/command.h"
#include "apps/tern/completions/completions.h"
#include "apps/tern/output.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  source <(tern completions bash)
  tern completions bash > ~/.local/share/bash-completion/completions/tern
  tern completions zsh > ~/.zfunc/_tern
  tern completions fish > ~/.config/fish/completions/tern.fish

An installed tern brings these files along. Commands, flags and the words that a flag may take are completed, and
files where one is expected. zsh looks for _tern in the folders of $fpath.)";

using Writer = std::string (*)(const CompletionTable&);
constexpr std::pair<const char*, Writer> kShells[] = {
    {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

}  // namespace

CommandAction add_completions(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const auto& [name, writer] : kShells) names.emplace_back(name);
  app.add_option("SHELL", *shell, "Whose script to print")->required()->check(CLI::IsMember(names));
  app.footer(kExamples);
  return [shell, &app]() -> Status {
    const CLI::App& program = *app.get_parent();
    const CompletionTable table{describe_command(program), describe_commands(program),
                                describe_families(program)};
    for (const auto& [name, writer] : kShells) {
      if (*shell == name) print(writer(table));
    }
    return {};
  };
}

}  // namespace tern
