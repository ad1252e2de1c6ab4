#pragma once
// exp of four lanes: the steps of kernels/exp_constants.h. C-like and all static (docs/numerics.md rule 11).
#include <arm_neon.h>

#include "kernels/exp_constants.h"

static inline float32x4_t exp_f32x4(float32x4_t x) {
  const float32x4_t round = vdupq_n_f32(kTernExpRound), one = vdupq_n_f32(1.0f);
  const float32x4_t t = vfmaq_n_f32(round, x, kTernExpLog2e);
  const float32x4_t n = vsubq_f32(t, round);
  float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(kTernExpLn2High));
  r = vfmsq_f32(r, n, vdupq_n_f32(kTernExpLn2Low));
  float32x4_t p = vdupq_n_f32(kTernExpC6);
  p = vfmaq_f32(vdupq_n_f32(kTernExpC5), p, r);
  p = vfmaq_f32(vdupq_n_f32(kTernExpC4), p, r);
  p = vfmaq_f32(vdupq_n_f32(kTernExpC3), p, r);
  p = vfmaq_f32(vdupq_n_f32(kTernExpC2), p, r);
  p = vfmaq_f32(one, p, r);
  p = vfmaq_f32(one, p, r);
  const uint32x4_t exponent = vshlq_n_u32(vreinterpretq_u32_f32(t), 23);
  float32x4_t result = vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(p), exponent));
  result = vbslq_f32(vcltq_f32(x, vdupq_n_f32(kTernExpLowest)), vdupq_n_f32(0.0f), result);
  result = vbslq_f32(vcgtq_f32(x, vdupq_n_f32(kTernExpHighest)), vdupq_n_f32(__builtin_inff()), result);
  return vbslq_f32(vceqq_f32(x, x), result, x);  // a NaN stays what it is
}

static inline float exp_f32x1(float x) {
  return vgetq_lane_f32(exp_f32x4(vdupq_n_f32(x)), 0);
}
