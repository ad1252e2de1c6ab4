// tern manual: the pages for man(1).
#include <algorithm>
#include <memory>

#include "apps/tern/command.h"
#include "apps/tern/command_table.h"
#include "apps/tern/manual_page.h"
#include "apps/tern/output.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern manual | man -l -
  tern manual run | man -l -
  tern manual data-prepare > tern-data-prepare.1

Without COMMAND it is the page of the program, tern.1, with the exit codes and the environment.)";

std::string page_of(const CLI::App& program, const std::string& name) {
  const std::vector<CommandEntry> commands = describe_commands(program);
  const auto found = std::find_if(commands.begin(), commands.end(), [&name](const CommandEntry& command) {
    return dashed(command.name) == name;
  });
  return found == commands.end() ? program_page(describe_command(program), commands) : command_page(*found);
}

/// As man(1) knows them, behind "tern-".
std::vector<std::string> page_names() {
  std::vector<std::string> names;
  for (const std::string_view verb : {
#define TERN_COMMAND(verb, help, group) #verb,
#include "apps/tern/commands.inc"
#undef TERN_COMMAND
       }) {
    names.emplace_back(verb);
    std::replace(names.back().begin(), names.back().end(), '_', '-');
  }
  return names;
}

}  // namespace

CommandAction add_manual(CLI::App& app) {
  const auto name = std::make_shared<std::string>();
  app.add_option("COMMAND", *name, "Whose page to print")->check(CLI::IsMember(page_names()));
  app.footer(kExamples);
  return [name, &app]() -> Status {
    print(page_of(*app.get_parent(), *name));
    return {};
  };
}

}  // namespace tern
