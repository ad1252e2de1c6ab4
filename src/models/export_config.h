#pragma once
// A ModelConfig as files state it: the other way round of config_reader.h and of the quantization_config
// reader.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "io/gguf.h"
#include "models/config.h"
#include "tensor/dtype.h"

namespace tern {

/// How the folder's weights are stored.
struct HfConfigOptions {
  bool packed = false;         ///< ternary linears as uint8 with weight_scale (`offline`)
  bool master = false;         ///< ternary linears as float masters (`online`); neither: every linear dense
  DType dtype = DType::kBF16;  ///< of everything that is not packed: F32, F16 or BF16
};

/// config.json, for transformers 4 and 5 alike.
Json hf_config(const ModelConfig& config, const HfConfigOptions& options);
/// generation_config.json: bos and every end token.
Json hf_generation_config(const ModelConfig& config);
/// `general.*` and `{arch_name}.*` keys. `arch_name` is one of ArchInfo::gguf_names, `name` becomes
/// general.name, `file_type` general.file_type. kUnsupported for what GGUF cannot say: norms inside linears,
/// a RoPE base that is no float32.
Status add_gguf_config(GgufWriter& writer, const ModelConfig& config, std::string_view arch_name,
                       const std::string& name, uint32_t file_type);

}  // namespace tern
