#include "models/arch.h"

#include <string>

namespace tern {

#define TERN_ARCH(space, name, hf_type, hf_class, gguf_names)                      \
  namespace space {                                                                \
  Result<ModelConfig> read_hf(const Json& config, const ConfigContext& context);   \
  Result<ModelConfig> read_gguf(const Gguf& gguf, const std::string& architecture, \
                                const ConfigContext& context);                     \
  std::vector<TensorSpec> tensor_table(const ModelConfig& config);                 \
  Status layer(Pass& pass, const LayerWeights& weights, int64_t index);            \
  }
#include "models/archs.inc"
#undef TERN_ARCH

namespace {

constexpr ArchInfo kArchs[] = {
#define TERN_ARCH(space, name, hf_type, hf_class, gguf_names) \
  {name, hf_type, hf_class, gguf_names, space::read_hf, space::read_gguf, space::tensor_table, space::layer},
#include "models/archs.inc"
#undef TERN_ARCH
};

bool list_contains(std::string_view list, std::string_view item) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == item) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::string known(std::string_view ArchInfo::*member) {
  std::string text;
  for (const ArchInfo& arch : kArchs) {
    if (!text.empty()) text += ',';
    text += arch.*member;
  }
  return text;
}

}  // namespace

std::span<const ArchInfo> all_archs() {
  return kArchs;
}

Result<const ArchInfo*> arch_from_hf(std::string_view model_type, std::string_view source) {
  for (const ArchInfo& arch : kArchs) {
    if (arch.hf_type == model_type) return &arch;
  }
  return fail(ErrorCode::kUnsupported, "{}: model_type {} is not supported (known: {})", source, model_type,
              known(&ArchInfo::hf_type));
}

Result<const ArchInfo*> arch_from_gguf(std::string_view architecture, std::string_view source) {
  for (const ArchInfo& arch : kArchs) {
    if (list_contains(arch.gguf_names, architecture)) return &arch;
  }
  return fail(ErrorCode::kUnsupported, "{}: general.architecture {} is not supported (known: {})", source,
              architecture, known(&ArchInfo::gguf_names));
}

Result<const ArchInfo*> arch_by_name(std::string_view name) {
  for (const ArchInfo& arch : kArchs) {
    if (arch.name == name) return &arch;
  }
  return fail(ErrorCode::kInvalidArgument, "architecture {} is unknown (known: {})", name,
              known(&ArchInfo::name));
}

}  // namespace tern
