#pragma once
#include <string>

#include "train/group.h"
#include "train/objective.h"

namespace tern::train {

/// Log-probabilities of every pair's answers by the model as it is, which DPO compares with: read from `file`
/// where it is there, else computed, each process a share, and written. Errors: those of the loader;
/// kBadFile, kIo; kInterrupted.
Result<SequenceLogprobs> reference_logprobs(Module& module, const LoaderOptions& data, Group& group,
                                            const std::string& file);

}  // namespace tern::train
