// Baseline AArch64: 8 x 8 -> 16 bit multiply-adds.
#include <arm_neon.h>

#include "kernels/ternary_matmul/arm_rows.h"

// |code * q| <= 2*127 = 254, and an int16 lane takes 16 products a block: 8*16*254 = 32,512 < 2^15. Then it
// is widened.
enum { kBlocksPerWidening = 8 };

static inline void dot_rows(const uint8_t* const rows[kRows], const int8_t* q, size_t blocks,
                            int32_t acc[kRows]) {
  int32x4_t wide[kRows];
  for (int r = 0; r < kRows; ++r) wide[r] = vdupq_n_s32(0);
  for (size_t begin = 0; begin < blocks; begin += kBlocksPerWidening) {
    const size_t end = blocks - begin < kBlocksPerWidening ? blocks : begin + kBlocksPerWidening;
    int16x8_t narrow[kRows];
    for (int r = 0; r < kRows; ++r) narrow[r] = vdupq_n_s16(0);
    for (size_t half = 2 * begin; half < 2 * end; ++half) {
      int8x16_t q_pieces[4], codes[4];
      load_q(q + half / 2 * kBlock + half % 2 * 16, q_pieces);
      for (int r = 0; r < kRows; ++r) {
        load_codes(rows[r] + half * (kBlockBytes / 2), codes);
        for (int i = 0; i < 4; ++i) {
          narrow[r] = vmlal_s8(narrow[r], vget_low_s8(codes[i]), vget_low_s8(q_pieces[i]));
          narrow[r] = vmlal_high_s8(narrow[r], codes[i], q_pieces[i]);
        }
      }
    }
    for (int r = 0; r < kRows; ++r) wide[r] = vpadalq_s16(wide[r], narrow[r]);
  }
  for (int r = 0; r < kRows; ++r) acc[r] = vaddvq_s32(wide[r]);
}

extern "C" void ternary_matmul_i8_t2_i32_4x1_neon(const TernTernaryMatmul* args) {
  matmul_in_rows(args, dot_rows);
}
