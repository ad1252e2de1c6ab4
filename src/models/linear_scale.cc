#include "models/linear_scale.h"

#include <cmath>

#include "quant/blocks.h"

namespace tern {
namespace {

Status check_scale(const LinearScale& scale) {
  if (!std::isfinite(scale.value)) return fail(ErrorCode::kBadFile, "scale {} is not finite", scale.value);
  if (scale.op == ScaleOp::kDivide && scale.value == 0.0f) {
    return fail(ErrorCode::kBadFile, "scale 0 divides the output");
  }
  return {};
}

/// The packing holds the exact scale's nearest float16 or float32; a file whose two statements differ by more
/// was edited.
Status check_agreement(const LinearScale& exact, float stored) {
  const float multiplier = as_multiplier(exact);
  if (stored == 0.0f || std::fabs(stored - multiplier) <= kScaleAgreement * std::fabs(multiplier)) return {};
  return fail(ErrorCode::kBadFile, "tern.linear_scales says {}, the tensor itself {}", multiplier, stored);
}

}  // namespace

Result<float> read_scalar(const TensorEntry& entry) {
  const bool is_float =
      entry.dtype == DType::kF32 || entry.dtype == DType::kF16 || entry.dtype == DType::kBF16;
  if (!is_float || entry.elements() != 1) {
    return fail(ErrorCode::kBadFile, "{} must be one float, is {} of {} elements", entry.name,
                dtype_info(entry.dtype).name, entry.elements());
  }
  float value = 0.0f;
  TERN_TRY(dequantize(entry.dtype, entry.bytes.data(), 1, &value));
  return value;
}

Result<LinearScale> linear_scale(const ModelFile& file, const TensorSpec& spec, std::optional<float> stored) {
  // A scale inside a GGUF packing multiplies, whatever tern.linear_scale_op says of the exact one.
  LinearScale scale{stored.value_or(1.0f), stored ? ScaleOp::kMultiply : file.config().scale_op};
  const std::string extra_name = file.gguf() != nullptr ? gguf_scale_name(spec) : hf_scale_name(spec);
  const TensorEntry* extra = file.tensors().find(extra_name);
  if (extra != nullptr) {
    TERN_ASSIGN(const float value, read_scalar(*extra));
    scale.value = stored ? scale.value * value : value;
  } else if (!stored) {
    return fail(ErrorCode::kBadFile, "{} is missing", extra_name);
  }
  TERN_TRY(check_scale(scale));
  if (const std::optional<float> exact = file.exact_scale(spec)) {
    const LinearScale from_metadata{*exact, file.config().scale_op};
    TERN_TRY(check_scale(from_metadata));
    TERN_TRY(check_agreement(from_metadata, scale.value));
    return from_metadata;
  }
  return scale;
}

Result<LinearScale> master_scale(const ModelFile& file, const TensorSpec& spec, float absmean) {
  const std::optional<float> exact = file.exact_scale(spec);
  if (!exact) return LinearScale{absmean, ScaleOp::kMultiply};
  if (file.exact_absmean(spec) != absmean) {
    return fail(
        ErrorCode::kBadFile,
        "the masters' absmean is {}, but config.json's tern.linear_scales are for {}: the weights were "
        "changed since, so take `tern` out of config.json",
        absmean, file.exact_absmean(spec).value_or(0.0f));
  }
  const LinearScale scale{*exact, file.config().scale_op};
  TERN_TRY(check_scale(scale));
  return scale;
}

}  // namespace tern
