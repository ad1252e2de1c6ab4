#pragma once
// All of a recipe: data, stages, exports.
#include <string>
#include <vector>

#include "base/error.h"

namespace tern::train {

struct RunOptions {
  std::string recipe;
  std::vector<std::string> sets;  ///< "key=value", in place of what the recipe says
  bool resume = false;            ///< go on in a folder where something is
  bool dry_run = false;           ///< say what would be done and what it would take
};

/// Trains, stage by stage, in the recipe's folder `out`: <out>/data/<name> (prepared), and for each stage
/// <out>/<stage> with metrics.jsonl, checkpoints/, and at its end master/ and the other exports. A stage
/// begins with the one before. Stages that are done are passed over. What LibTorch throws comes as kInternal,
/// or kOutOfMemory. init_kernels() was called.
Status run_training(const RunOptions& options);

}  // namespace tern::train
