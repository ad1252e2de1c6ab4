#pragma once
// What the AArch64 kernels share: 16 rows in four registers. C-like and all static (docs/numerics.md rule
// 11); every ISA file compiles its own copy.
#include "kernels/arm_trits.h"
#include "kernels/ternary_matmul/ternary_matmul.h"

#define TERN_INLINE static inline __attribute__((always_inline))

TERN_INLINE const uint8_t* group_at(const TernTernaryMatmul* args, int32_t n) {
  return args->weights + (size_t)(n / 16) * 16 * args->row_bytes;
}

/// Rows n + 4i .. of token t from sums[i], as far as they exist.
TERN_INLINE void store_rows(const TernTernaryMatmul* args, int32_t n, int32_t t, const int32x4_t sums[4]) {
  float* y = args->y + (size_t)t * args->y_stride + n;
  for (int i = 0; i < 4; ++i) {
    const int32x4_t exact = vsubq_s32(sums[i], vdupq_n_s32(args->q_sum[t]));
    const float32x4_t product = vdivq_f32(vcvtq_f32_s32(exact), vdupq_n_f32(args->a[t]));
    const float32x4_t ws = vdupq_n_f32(args->ws);
    float values[4];
    vst1q_f32(values, args->divide ? vdivq_f32(product, ws) : vmulq_f32(product, ws));
    for (int r = 0; r < 4 && n + 4 * i + r < args->n_end; ++r) y[4 * i + r] = values[r];
  }
}
