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
  tern manual run > tern-run.1

Without COMMAND it is the page of the program, tern.1, with the exit codes and the environment.)";

std::string page_of(const CLI::App& program, const std::string& name) {
  const std::vector<CommandEntry> commands = describe_commands(program);
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&name](const CommandEntry& command) { return command.name == name; });
  return found == commands.end() ? program_page(describe_command(program), commands) : command_page(*found);
}

}  // namespace

CommandAction add_manual(CLI::App& app) {
  const auto name = std::make_shared<std::string>();
  app.add_option("COMMAND", *name, "Whose page to print")->check(CLI::IsMember(command_names()));
  app.footer(kExamples);
  return [name, &app]() -> Status {
    print(page_of(*app.get_parent(), *name));
    return {};
  };
}

}  // namespace tern
