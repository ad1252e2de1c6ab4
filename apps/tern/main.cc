// The command line's front door.
#include <iostream>

#include "apps/tern/command_line.h"
#include "apps/tern/output.h"
#include "apps/tern/process.h"
#include "base/log.h"
#include "kernels/isa.h"

namespace tern {
namespace {

Status run(CommandLine* line, int argc, char** argv) {
  TERN_ASSIGN(const CommandAction action, line->parse(argc, argv));
  if (!action) return {};
  TERN_TRY(init_kernels());
  TERN_TRY(action());
  return finish_stdout();
}

int run_command_line(int argc, char** argv) {
  CommandLine line;
  if (argc <= 1) {
    std::cerr << line.help();
    return error_exit_code(ErrorCode::kInvalidArgument);
  }
  const Status status = run(&line, argc, argv);
  if (status) return 0;
  const int code = report_error(status.error());
  // What is wrong with a flag may be in the file, where nobody looks for it.
  const std::string from_file = line.config().describe();
  if (status.error().code() == ErrorCode::kInvalidArgument && !from_file.empty()) {
    print_remark(printable(from_file + "; --no-config leaves it out"));
  }
  return code;
}

}  // namespace
}  // namespace tern

int main(int argc, char** argv) {
  return tern::run_process([=] { return tern::run_command_line(argc, argv); });
}
