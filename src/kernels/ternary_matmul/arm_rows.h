#pragma once
// What the AArch64 kernels share: four rows at once, so that a loaded piece of q serves four rows. C-like and
// all static (docs/numerics.md rule 11); every ISA file compiles its own copy.
#include <arm_neon.h>

#include "kernels/ternary_matmul/ternary_matmul.h"

enum { kRows = 4, kBlock = 128, kBlockBytes = 32 };

/// Half a block is 16 bytes: codes[i] and q[i] belong to elements 32i .. 32i+15, counted from the half's
/// own 16.
static inline void load_codes(const uint8_t* bytes, int8x16_t codes[4]) {
  const uint8x16_t packed = vld1q_u8(bytes);
  const uint8x16_t two_bits = vdupq_n_u8(3);
  codes[0] = vreinterpretq_s8_u8(vshrq_n_u8(packed, 6));
  codes[1] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(packed, 4), two_bits));
  codes[2] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(packed, 2), two_bits));
  codes[3] = vreinterpretq_s8_u8(vandq_u8(packed, two_bits));
}

static inline void load_q(const int8_t* from, int8x16_t q[4]) {
  for (int i = 0; i < 4; ++i) q[i] = vld1q_s8(from + 32 * i);
}

/// acc[r] = sum of code * q over `blocks` blocks of rows[r].
typedef void (*DotRows)(const uint8_t* const rows[kRows], const int8_t* q, size_t blocks, int32_t acc[kRows]);

/// The loops and the epilogue around an inlined `dot_rows`.
static inline __attribute__((always_inline)) void matmul_in_rows(const TernTernaryMatmul* args,
                                                                 DotRows dot_rows) {
  for (int32_t n = args->n_begin; n < args->n_end; n += kRows) {
    const int32_t count = args->n_end - n < kRows ? args->n_end - n : kRows;
    const uint8_t* rows[kRows];  // a short last group reads its last row again and writes only what exists
    for (int32_t r = 0; r < kRows; ++r) {
      rows[r] = args->weights + (size_t)(n + (r < count ? r : count - 1)) * args->row_bytes;
    }
    for (int32_t t = 0; t < args->tokens; ++t) {
      int32_t acc[kRows];
      dot_rows(rows, args->q + (size_t)t * args->q_stride, args->row_bytes / kBlockBytes, acc);
      float* y = args->y + (size_t)t * args->y_stride + n;
      for (int32_t r = 0; r < count; ++r) {
        const float product = (float)(acc[r] - args->q_sum[t]) / args->a[t];
        y[r] = args->divide ? product / args->ws : product * args->ws;
      }
    }
  }
}
