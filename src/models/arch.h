#pragma once
// What an architecture is: one line of archs.inc, three files in its folder.
#include <span>
#include <string_view>
#include <vector>

#include "models/config_reader.h"
#include "models/tensor_table.h"

namespace tern {

class Pass;
struct LayerWeights;

struct ArchInfo {
  std::string_view name;        ///< canonical
  std::string_view hf_type;     ///< `model_type` of config.json
  std::string_view hf_class;    ///< its `architectures`
  std::string_view gguf_names;  ///< `general.architecture`, comma separated; the first is what we write
  Result<ModelConfig> (*read_hf)(const Json& config, const ConfigContext& context);
  Result<ModelConfig> (*read_gguf)(const Gguf& gguf, const std::string& architecture,
                                   const ConfigContext& context);
  std::vector<TensorSpec> (*tensor_table)(const ModelConfig& config);
  /// One layer over all rows of a pass.
  Status (*layer)(Pass& pass, const LayerWeights& weights, int64_t index);
};

/// Every architecture, in archs.inc order.
std::span<const ArchInfo> all_archs();
/// kUnsupported names what is known. `source` is the file for messages.
Result<const ArchInfo*> arch_from_hf(std::string_view model_type, std::string_view source);
Result<const ArchInfo*> arch_from_gguf(std::string_view architecture, std::string_view source);
/// By canonical name; kInvalidArgument names what is known.
Result<const ArchInfo*> arch_by_name(std::string_view name);

}  // namespace tern
