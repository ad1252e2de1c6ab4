#include "train/module.h"

#include "train/arch/decoder.h"

namespace tern::train {

Module::Module(const Parameters& parameters, Ops& ops, const ModuleOptions& options)
    : ops_(ops), options_(options) {
  for (const Parameter& parameter : parameters.all()) {
    if (parameter.spec.role == TensorRole::kLinear) linears_.emplace_back(parameter, options.linears);
  }
}

Status check_trainable(const ModelConfig& config) {
  const auto refuse = [](std::string_view field, std::string_view why) {
    return Status(fail(ErrorCode::kUnsupported, "{}: {}", field, why));
  };
  if (config.qkv_bias) return refuse("biases behind q, k and v", "the trainer has none");
  if (!config.windowed_layers.empty())
    return refuse("sliding windows", "in the trainer every token sees its whole document");
  if (config.arch != "bitnet" && config.arch != "llama")
    return refuse("architecture " + config.arch, "the trainer computes bitnet and llama");
  if (config.activation == Activation::kGeglu)
    return refuse("hidden_act", "the trainer computes relu2 and silu");
  if (config.rope_factor != 1) return refuse("rope_scaling", "the trainer rotates without scaling");
  if (config.linear_norms)
    return refuse("use_rms_norm", "the trainer has no norms inside linears; sub_norms are in front of them");
  if (!config.dense_modules.empty())
    return refuse("modules_to_not_convert", "the trainer quantizes all linears of a block");
  return {};
}

Result<std::unique_ptr<Module>> make_module(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                            const ModuleOptions& options) {
  TERN_TRY(check_trainable(config));
  return make_decoder(config, parameters, ops, options);
}

}  // namespace tern::train
