#pragma once
#include "train/module.h"

namespace tern::train {

/// BitNet b1.58 with squared ReLU, sub-norms and a tied head; make_module() has the contract.
Result<std::unique_ptr<Module>> make_bitnet(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                            const ModuleOptions& options);

}  // namespace tern::train
