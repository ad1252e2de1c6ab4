#pragma once
#include "train/module.h"

namespace tern::train {

/// BitNet b1.58 and Llama: squared ReLU or SwiGLU, with sub-norms or without; make_module() has the contract.
std::unique_ptr<Module> make_decoder(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                     const ModuleOptions& options);

}  // namespace tern::train
