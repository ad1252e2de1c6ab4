#pragma once
// FEAT_DotProd: 4 rows a register; sdot by element multiplies the codes of 4 columns of each by 4 activations
// that all rows share, taken from a register of 16 activations. For files compiled with +dotprod; C-like and
// all static (docs/numerics.md rule 11).
#include "kernels/ternary_matmul/arm_units.h"

/// 16 rows by `tokens` (a constant) tokens.
TERN_INLINE void sdot_tile(const TernTernaryMatmul* args, int32_t n, int32_t t, int tokens) {
  const uint8_t* unit = group_at(args, n);
  int32x4_t sums[4][4];
  for (int c = 0; c < tokens; ++c) {
    for (int i = 0; i < 4; ++i) sums[c][i] = vdupq_n_s32(0);
  }
  for (size_t k = 0; k < 4 * args->row_bytes; k += 128) {
    for (int half = 0; half < 2; ++half) {
      int8x16_t q[4][4];  // [token][part]: columns 32 * part + 16 * half ..
      for (int c = 0; c < tokens; ++c) {
        const int8_t* at = args->q + (size_t)(t + c) * args->q_stride + k + 16 * half;
        for (int part = 0; part < 4; ++part) q[c][part] = vld1q_s8(at + 32 * part);
      }
#define TERN_UNIT(u)                                                                                   \
  for (int i = 0; i < 4; ++i) {                                                                        \
    const uint8x16_t packed = vld1q_u8(unit + 64 * (u) + 16 * i);                                      \
    for (int part = 0; part < 4; ++part) {                                                             \
      const int8x16_t codes = codes_of(packed, part);                                                  \
      for (int c = 0; c < tokens; ++c) sums[c][i] = vdotq_laneq_s32(sums[c][i], codes, q[c][part], u); \
    }                                                                                                  \
  }
      TERN_UNIT(0)  // the lane is part of the instruction
      TERN_UNIT(1)
      TERN_UNIT(2)
      TERN_UNIT(3)
#undef TERN_UNIT
      unit += 4 * 64;
    }
  }
  for (int c = 0; c < tokens; ++c) store_rows(args, n, t + c, sums[c]);
}
