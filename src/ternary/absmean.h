#pragma once
// THE definition of 1.58-bit quantization (spec: BitNet b1.58 2B4T report, section 2; docs/numerics.md, rules
// 5-7).
#include <cstdint>
#include <span>

#include "base/error.h"

namespace tern {

constexpr double kMinAbsmean = 1e-5;

/// ws = max(mean|W|, 1e-5): mean in double over 16 lanes (lane = index mod 16, ascending), tree 8-4-2-1, one
/// division, rounded once to float32. kNonFinite if any weight is NaN or infinite. An empty matrix gives
/// 1e-5.
Result<float> absmean_scale(std::span<const float> weights);
/// T = clamp(round_half_even(W * (1/ws)), -1, 1), all in float32 (1/ws is computed once in float32).
void absmean_quantize(std::span<const float> weights, float ws, int8_t* trits);

}  // namespace tern
