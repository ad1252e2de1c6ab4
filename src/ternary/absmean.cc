#include "ternary/absmean.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace tern {
namespace {

constexpr size_t kLanes = 16;

// Or-ing exponents cannot tell "all ones" from a mixture, so the greatest |bits| is kept: >= 0x7f800000 is
// not finite.
constexpr uint32_t kInfinityBits = 0x7f800000u;
uint32_t magnitude_bits(float x) {
  return std::bit_cast<uint32_t>(x) & 0x7fffffffu;
}

}  // namespace

Result<float> absmean_scale(std::span<const float> weights) {
  double lanes[kLanes] = {};
  uint32_t greatest[kLanes] = {};
  const size_t whole = weights.size() / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float w = weights[i + lane];
      lanes[lane] += static_cast<double>(std::fabs(w));
      greatest[lane] = std::max(greatest[lane], magnitude_bits(w));
    }
  }
  for (size_t i = whole; i < weights.size(); ++i) {
    lanes[i - whole] += static_cast<double>(std::fabs(weights[i]));
    greatest[i - whole] = std::max(greatest[i - whole], magnitude_bits(weights[i]));
  }
  if (*std::max_element(greatest, greatest + kLanes) >= kInfinityBits) {
    return fail(ErrorCode::kNonFinite, "weights: a value is NaN or infinite, so they have no absmean scale");
  }
  if (weights.empty()) return static_cast<float>(kMinAbsmean);
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  }
  return static_cast<float>(std::max(lanes[0] / static_cast<double>(weights.size()), kMinAbsmean));
}

void absmean_quantize(std::span<const float> weights, float ws, int8_t* trits) {
  const float inverse = 1.0f / ws;
  for (size_t i = 0; i < weights.size(); ++i) {
    // Half to even sends +-0.5 to 0, so the clamped rounding is these two comparisons.
    const float t = weights[i] * inverse;
    trits[i] = static_cast<int8_t>((t > 0.5f) - (t < -0.5f));
  }
}

}  // namespace tern
