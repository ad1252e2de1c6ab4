// Baseline AArch64: 8 x 8 -> 16 bit multiply-adds, 2 rows a register.
#include "kernels/ternary_matmul/arm_units.h"

// |code * q| <= 2*127 = 254; an int16 lane takes 4 products a unit, so a block's 8 units stay below 8,128 and
// kBlocksPerWidening blocks below 2^15. Then pairs are widened.
enum { kBlocksPerWidening = 4 };

TERN_INLINE void tile(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  const uint8_t* unit = group_at(args, n);
  const int8_t* q = args->q + (size_t)t * args->q_stride;
  const size_t blocks = args->row_bytes / 32;
  int32x4_t wide[8];  // two lanes a row
  for (int i = 0; i < 8; ++i) wide[i] = vdupq_n_s32(0);
  for (size_t begin = 0; begin < blocks; begin += kBlocksPerWidening) {
    const size_t end = blocks - begin < kBlocksPerWidening ? blocks : begin + kBlocksPerWidening;
    int16x8_t narrow[8];  // four lanes a row
    for (int i = 0; i < 8; ++i) narrow[i] = vdupq_n_s16(0);
    for (size_t block = begin; block < end; ++block) {
      for (int u = 0; u < 8; ++u, unit += 64) {
        for (int part = 0; part < 4; ++part) {
          int32_t four;
          __builtin_memcpy(&four, q + 128 * block + 32 * part + 4 * u, sizeof four);
          const int8x16_t activations = vreinterpretq_s8_s32(vdupq_n_s32(four));
          for (int i = 0; i < 4; ++i) {
            const int8x16_t codes = codes_of(vld1q_u8(unit + 16 * i), part);
            narrow[2 * i] = vmlal_s8(narrow[2 * i], vget_low_s8(codes), vget_low_s8(activations));
            narrow[2 * i + 1] = vmlal_high_s8(narrow[2 * i + 1], codes, activations);
          }
        }
      }
    }
    for (int i = 0; i < 8; ++i) wide[i] = vpadalq_s16(wide[i], narrow[i]);
  }
  int32x4_t sums[4];
  for (int i = 0; i < 4; ++i) sums[i] = vpaddq_s32(wide[2 * i], wide[2 * i + 1]);
  store_rows(args, n, t, sums);
}

extern "C" void ternary_matmul_i8_t2x16_i32_16x1_neon(const TernTernaryMatmul* args) {
  for (int32_t n = args->n_begin; n < args->n_end; n += 16) {
    for (int32_t t = 0; t < args->tokens; ++t) tile(args, n, t);
  }
}
