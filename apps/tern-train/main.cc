// tern-train: the one program that links LibTorch; `tern train` starts it.
#include "apps/tern/output.h"
#include "apps/tern/process.h"
#include "apps/tern/train_flags.h"
#include "kernels/isa.h"
#include "train/run.h"

namespace tern {
namespace {

Status train(const TrainFlags& flags) {
  TERN_TRY(init_kernels());
  TERN_TRY(train::run_training({flags.recipe, flags.sets, flags.resume, flags.dry_run}));
  return finish_stdout();
}

int run_command_line(int argc, char** argv) {
  CLI::App app{"Trains native 1.58-bit language models: pre-training, SFT and DPO by a recipe.",
               "tern-train"};
  TrainFlags flags;
  add_train_flags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    return report_error(
        Error(ErrorCode::kInvalidArgument, fmt::format("{} (see `tern train --help`)", error.what())));
  }
  const Status status = train(flags);
  return status ? 0 : report_error(status.error());
}

}  // namespace
}  // namespace tern

int main(int argc, char** argv) {
  return tern::run_process([=] { return tern::run_command_line(argc, argv); });
}
