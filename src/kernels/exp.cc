#include "kernels/exp.h"

#include <bit>
#include <cstdint>
#include <limits>

namespace tern {

float exp_f32(float x) {
  if (std::isnan(x)) return x;
  if (x < kTernExpLowest) return 0.0f;
  if (x > kTernExpHighest) return std::numeric_limits<float>::infinity();
  const float t = std::fma(x, kTernExpLog2e, kTernExpRound);
  const float n = t - kTernExpRound;
  float r = std::fma(-n, kTernExpLn2High, x);
  r = std::fma(-n, kTernExpLn2Low, r);
  float p = kTernExpC6;
  p = std::fma(p, r, kTernExpC5);
  p = std::fma(p, r, kTernExpC4);
  p = std::fma(p, r, kTernExpC3);
  p = std::fma(p, r, kTernExpC2);
  p = std::fma(p, r, 1.0f);
  p = std::fma(p, r, 1.0f);
  return std::bit_cast<float>(std::bit_cast<uint32_t>(p) + (std::bit_cast<uint32_t>(t) << 23));
}

}  // namespace tern
