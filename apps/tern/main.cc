// The command line's front door: finds the command and runs it.
#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/tern/command.h"
#include "apps/tern/nearest.h"
#include "apps/tern/output.h"
#include "apps/tern/process.h"
#include "kernels/isa.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern run -m model.gguf -p "The capital of France is"
  tern run -m model.gguf --chat -p "Why is the sky blue?" --temp 0.7
  tern chat -m model.gguf
  tern inspect model.gguf
  tern bench -m model.gguf -p 128,512 -n 128 -t 1,2
  tern pull ORG/MODEL

`tern COMMAND --help` shows a command's flags; docs/cli.md describes them, and the exit codes.
TERN_ISA=scalar (avx2, neon, ...) forces an instruction set; NO_COLOR=1 turns colours off.)";

using Commands = std::vector<std::pair<CLI::App*, CommandAction>>;

/// CLI11 would only say that it did not expect the word.
Status check_verb(const Commands& commands, std::string_view word) {
  std::vector<std::string> names;
  for (const auto& [app, action] : commands) names.push_back(app->get_name());
  if (std::find(names.begin(), names.end(), word) != names.end()) return {};
  const std::string nearest = nearest_name(word, std::vector<std::string_view>(names.begin(), names.end()));
  const std::string hint =
      nearest.empty() ? "`tern --help` lists them" : fmt::format("did you mean `tern {}`?", nearest);
  return fail(ErrorCode::kInvalidArgument, "there is no command '{}': {}", word, hint);
}

Status run_action(const CommandAction& action) {
  TERN_TRY(init_kernels());
  TERN_TRY(action());
  return finish_stdout();
}

int run_command_line(int argc, char** argv) {
  CLI::App app{"Tern runs language models whose weights are -1, 0 or +1, exactly, on any CPU.", "tern"};
  app.set_version_flag("--version", "tern " TERN_VERSION, "Print the version and leave");
  Commands commands;
  const auto add = [&](const char* verb, const char* help, const char* group, auto* add_flags) {
    CLI::App* command = app.add_subcommand(verb, help)->group(group);
    commands.emplace_back(command, add_flags(*command));
  };
#define TERN_COMMAND(verb, help, group) add(#verb, help, group, add_##verb);
#include "apps/tern/commands.inc"
#undef TERN_COMMAND
  app.footer(kExamples);  // after the commands, which would inherit it

  if (argc <= 1) {
    std::cerr << app.help();
    return error_exit_code(ErrorCode::kInvalidArgument);
  }
  if (argv[1][0] != '-') {
    if (const Status known = check_verb(commands, argv[1]); !known) return report_error(known.error());
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error);
      const Status printed = finish_stdout();
      return printed ? 0 : report_error(printed.error());
    }
    const std::string verb = argv[1][0] == '-' ? "" : fmt::format("{} ", argv[1]);
    return report_error(
        Error(ErrorCode::kInvalidArgument, fmt::format("{} (see `tern {}--help`)", error.what(), verb)));
  }
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
    const Status status = run_action(action);
    return status ? 0 : report_error(status.error());
  }
  return report_error(Error(ErrorCode::kInvalidArgument, "no command was given (see `tern --help`)"));
}

}  // namespace
}  // namespace tern

int main(int argc, char** argv) {
  return tern::run_process([=] { return tern::run_command_line(argc, argv); });
}
