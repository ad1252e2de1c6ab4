#include "train/module.h"

#include "train/arch/bitnet.h"

namespace tern::train {

Module::Module(const Parameters& parameters, Ops& ops, const ModuleOptions& options)
    : ops_(ops), options_(options) {
  for (const Parameter& parameter : parameters.all()) {
    if (parameter.spec.role == TensorRole::kLinear) linears_.emplace_back(parameter, options.linears);
  }
}

Result<std::unique_ptr<Module>> make_module(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                            const ModuleOptions& options) {
  if (config.arch == "bitnet") return make_bitnet(config, parameters, ops, options);
  return fail(ErrorCode::kUnsupported, "architecture {}: the trainer knows bitnet only", config.arch);
}

}  // namespace tern::train
