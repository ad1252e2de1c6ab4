#pragma once
// The loss of a model that is being trained, as the engine has it: the numbers are those of the exported
// file.
#include <cstdint>
#include <string>

#include "data/loader.h"
#include "train/export.h"

namespace tern::train {

struct HeldOutLoss {
  double nll = 0;  ///< sum over targets
  int64_t targets = 0;
  double mean() const { return targets > 0 ? nll / static_cast<double>(targets) : 0; }
};

/// Of the targets of a batch, by the engine on the model in `folder`, which was exported with `config`: each
/// segment alone, from an empty cache. Errors: those of Engine::open() and Session.
Result<HeldOutLoss> engine_loss(const std::string& folder, const Batch& batch, int threads,
                                const ModelConfig& config);

/// The first rows of the held-out split: what evaluations of one stage look at, each time the same.
Result<Batch> held_out_batch(LoaderOptions options, int64_t rows);

}  // namespace tern::train
