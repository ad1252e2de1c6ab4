#pragma once
// The scale of a stored ternary linear, which up to three places of a file may state.
#include <optional>

#include "models/model_file.h"

namespace tern {

/// How far the scale inside a packing may lie from the exact one beside it, relatively.
constexpr float kScaleAgreement = 0.01f;

struct LinearScale {
  float value = 1.0f;
  ScaleOp op = ScaleOp::kMultiply;
};

/// The number that a scale multiplies by, or the nearest to it.
inline float as_multiplier(const LinearScale& scale) {
  return scale.op == ScaleOp::kDivide ? 1.0f / scale.value : scale.value;
}

/// `stored` is the scale inside the packing (I2_S, TQ); nothing for Hugging Face's, which has a tensor beside
/// it. `tern.linear_scales` is exact and wins; mainline's `.scale` tensor multiplies what the packing says.
/// Errors (without file and tensor name): kBadFile on a missing, misshaped, non-finite or contradicting
/// scale, or on a scale of 0 that divides.
Result<LinearScale> linear_scale(const ModelFile& file, const TensorSpec& spec, std::optional<float> stored);
/// What a reader makes of a stored ternary linear who knows only the format's own fields: the scale inside
/// the packing or beside it, or the absmean of masters that have an exact scale; never `tern.linear_scales`.
/// The same errors.
Result<LinearScale> standard_linear_scale(const ModelFile& file, const TensorSpec& spec);
/// The same for masters, whose absmean is `absmean`: exact scales of config.json win. kBadFile when the
/// masters are no longer those that these were written for.
Result<LinearScale> master_scale(const ModelFile& file, const TensorSpec& spec, float absmean);
/// The one value of a [1] tensor of a float type.
Result<float> read_scalar(const TensorEntry& entry);

}  // namespace tern
