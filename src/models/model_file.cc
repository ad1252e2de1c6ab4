#include "models/model_file.h"

#include <filesystem>

#include "models/model_file_builder.h"

namespace tern {

Result<std::shared_ptr<const ModelFile>> ModelFile::open(const std::string& path,
                                                         const OpenOptions& options) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(ErrorCode::kNotFound, "{}: no such file or folder", path);
  }
  if (error) return fail(ErrorCode::kIo, "{}: {}", path, error.message());
  ModelFileBuilder builder(path, options);
  return std::filesystem::is_directory(status) ? builder.open_hf() : builder.open_gguf();
}

const TensorEntry* ModelFile::find(const TensorSpec& spec) const {
  return source_->find(gguf_ != nullptr ? spec.gguf_name : spec.name);
}

uint64_t ModelFile::trit_count() const {
  uint64_t trits = 0;
  for (const TensorSpec& spec : table()) {
    if (spec.role == TensorRole::kLinear && linear_kind(spec) != LinearKind::kDense)
      trits += spec.shape[0] * spec.shape[1];
  }
  return trits;
}

LinearKind ModelFile::linear_kind(const TensorSpec& spec) const {
  if (spec.role != TensorRole::kLinear || is_dense_module(config_, module_of(spec.name)))
    return LinearKind::kDense;
  const DType dtype = find(spec)->dtype;
  if (dtype_is_ternary(dtype) || dtype == DType::kU8) return LinearKind::kTernaryStored;
  return config_.float_linear.value_or(LinearKind::kDense);
}

std::optional<float> ModelFile::exact_scale(const TensorSpec& spec) const {
  const auto it = exact_scales_.find(spec.name);
  return it == exact_scales_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<float> ModelFile::exact_absmean(const TensorSpec& spec) const {
  const auto it = exact_absmeans_.find(spec.name);
  return it == exact_absmeans_.end() ? std::nullopt : std::optional(it->second);
}

}  // namespace tern
