#include "apps/tern/train_flags.h"

namespace tern {

void add_train_flags(CLI::App& app, TrainFlags& flags) {
  app.add_option("recipe", flags.recipe, "TOML file that says what is trained on what (docs/training.md)")
      ->required()
      ->option_text("RECIPE");
  app.add_option("--set", flags.sets, "Replace a value of the recipe: stage.pretrain.schedule.steps=100")
      ->option_text("KEY=VALUE ...")
      ->allow_extra_args(false);
  app.add_flag("--resume", flags.resume, "Go on from the newest checkpoint");
  app.add_flag("--dry-run", flags.dry_run, "Say what it takes, parameters, memory and time, and leave");
  app.footer(R"(Examples:
  tern train recipes/quickstart/quickstart.toml
  tern train recipe.toml --dry-run
  tern train recipe.toml --set out=runs/b --set stage.pretrain.schedule.peak=2e-3
  torchrun --nproc-per-node 4 --no-python tern train recipe.toml
  tern train recipe.toml --resume)");
}

std::vector<std::string> as_arguments(const TrainFlags& flags) {
  std::vector<std::string> arguments;
  for (const std::string& set : flags.sets) arguments.push_back("--set=" + set);
  if (flags.resume) arguments.push_back("--resume");
  if (flags.dry_run) arguments.push_back("--dry-run");
  arguments.push_back("--");
  arguments.push_back(flags.recipe);
  return arguments;
}

}  // namespace tern
