// FEAT_DotProd: four 8 x 8 products into an int32 lane at once.
#include <arm_neon.h>

#include "kernels/ternary_matmul/arm_rows.h"

static inline void dot_rows(const uint8_t* const rows[kRows], const int8_t* q, size_t blocks,
                            int32_t acc[kRows]) {
  int32x4_t sums[kRows];
  for (int r = 0; r < kRows; ++r) sums[r] = vdupq_n_s32(0);
  for (size_t half = 0; half < 2 * blocks; ++half) {
    int8x16_t q_pieces[4], codes[4];
    load_q(q + half / 2 * kBlock + half % 2 * 16, q_pieces);
    for (int r = 0; r < kRows; ++r) {
      load_codes(rows[r] + half * (kBlockBytes / 2), codes);
      for (int i = 0; i < 4; ++i) sums[r] = vdotq_s32(sums[r], codes[i], q_pieces[i]);
    }
  }
  for (int r = 0; r < kRows; ++r) acc[r] = vaddvq_s32(sums[r]);
}

extern "C" void ternary_matmul_i8_t2_i32_4x1_dotprod(const TernTernaryMatmul* args) {
  matmul_in_rows(args, dot_rows);
}
