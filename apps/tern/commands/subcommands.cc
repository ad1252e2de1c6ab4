#include "apps/tern/subcommands.h"

#include <utility>
#include <vector>

namespace tern {
namespace {

struct Subcommand {
  std::string_view verb;
  const char* name;
  const char* help;
  CommandAction (*add)(CLI::App&);
};

constexpr Subcommand kSubcommands[] = {
#define TERN_SUBCOMMAND(verb, name, help) {#verb, #name, help, add_##verb##_##name},
#include "apps/tern/subcommands.inc"
#undef TERN_SUBCOMMAND
};

}  // namespace

CommandAction add_subcommands(CLI::App& app, std::string_view verb) {
  std::vector<std::pair<CLI::App*, CommandAction>> commands;
  for (const Subcommand& subcommand : kSubcommands) {
    if (subcommand.verb != verb) continue;
    CLI::App* command = app.add_subcommand(subcommand.name, subcommand.help);
    commands.emplace_back(command, subcommand.add(*command));
  }
  app.require_subcommand(1);
  return [commands = std::move(commands)]() -> Status {
    for (const auto& [command, action] : commands) {
      if (command->parsed()) return action();
    }
    return fail(ErrorCode::kInternal, "a command of two words without its second");  // CLI11 asks for it
  };
}

}  // namespace tern
