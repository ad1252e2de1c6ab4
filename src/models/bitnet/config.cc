// BitNet b1.58: squared ReLU, sub-norms, BitLinear everywhere but the head (docs/formats.md).
#include "models/config_reader.h"

namespace tern::bitnet {
namespace {

ModelConfig fresh_config() {
  ModelConfig config;
  config.arch = "bitnet";
  config.sub_norms = true;
  // Float weights may be masters or already dequantized: config.float_linear stays open until the file or the
  // user says which.
  return config;
}

}  // namespace

Result<ModelConfig> read_hf(const Json& json, const ConfigContext& context) {
  ModelConfig config = fresh_config();
  TERN_TRY(read_hf_dimensions(json, context, 500000.0, config));
  TERN_ASSIGN(config.activation, read_hf_activation(json, "hidden_act", Activation::kRelu2, context));
  return config;
}

Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture,
                              const ConfigContext& context) {
  ModelConfig config = fresh_config();
  TERN_TRY(read_gguf_dimensions(gguf, architecture, context, config));
  TERN_ASSIGN(config.activation, read_gguf_activation(gguf, architecture, Activation::kRelu2, context));
  return config;
}

}  // namespace tern::bitnet
