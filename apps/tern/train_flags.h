#pragma once
// The flags of training: declared once, for `tern train` and for the program that it starts.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tern {

struct TrainFlags {
  std::string recipe;
  std::vector<std::string> sets;
  bool resume = false, dry_run = false;
};

/// Declares them on `app`; `flags` outlives it.
void add_train_flags(CLI::App& app, TrainFlags& flags);
/// As a command line has them, without the program.
std::vector<std::string> as_arguments(const TrainFlags& flags);

}  // namespace tern
