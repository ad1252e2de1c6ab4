// Why the absmean of a mix is known without summing it: every magnitude is a multiple of `unit`, the distance
// of the two, and at most 256 of them, so all partial sums are whole multiples below 2^53 of it for up to
// 2^45 weights: exact in double in any order. What remains is one division and one rounding, done here as
// absmean_scale() does them.
#include "convert/masters.h"

#include <algorithm>
#include <cmath>

#include "tensor/float16.h"
#include "ternary/absmean.h"

namespace tern {
namespace {

// Magnitudes outside are no normal bf16 numbers, or their reciprocals no normal floats.
constexpr double kLeast = 0x1p-100, kGreatest = 0x1p+100;

}  // namespace

MasterMix find_master_mix(uint64_t nonzero, uint64_t elements, float scale) {
  if (nonzero == 0) return {.absmean = static_cast<float>(kMinAbsmean)};
  const auto n = static_cast<double>(elements), count = static_cast<double>(nonzero);
  double magnitude = static_cast<double>(scale) * n / count;
  // Below the least absmean, and where bf16 ends, no mix has the scale: any weights that keep the trits will
  // do.
  if (scale < static_cast<float>(kMinAbsmean) || !(magnitude >= kLeast && magnitude <= kGreatest))
    magnitude = 1.0;
  MasterMix mix;
  mix.low = f32_to_bf16(static_cast<float>(magnitude));
  if (static_cast<double>(bf16_to_f32(mix.low)) > magnitude) --mix.low;
  const double low = bf16_to_f32(mix.low), unit = bf16_to_f32(static_cast<uint16_t>(mix.low + 1)) - low;
  const auto absmean = [&](double high) {
    return static_cast<float>(std::max((low * count + unit * high) / n, kMinAbsmean));
  };
  const double nearest = std::clamp(std::nearbyint((magnitude - low) * count / unit), 0.0, count);
  double best = nearest;
  for (const double high : {nearest - 1, nearest + 1}) {
    if (high >= 0 && high <= count && absmean(high) == scale && absmean(best) != scale) best = high;
  }
  mix.high_count = static_cast<uint64_t>(best);
  mix.absmean = absmean(best);
  return mix;
}

void MasterStream::next(std::span<const int8_t> trits, uint16_t* weights) {
  for (size_t i = 0; i < trits.size(); ++i) {
    if (trits[i] == 0) {
      weights[i] = 0;
      continue;
    }
    phase_ += mix_.high_count;
    const bool high = phase_ >= nonzero_;
    if (high) phase_ -= nonzero_;
    weights[i] = static_cast<uint16_t>((mix_.low + high) | (trits[i] < 0 ? 0x8000 : 0));
  }
}

}  // namespace tern
