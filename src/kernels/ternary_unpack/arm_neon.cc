// tbl looks up in 64 bytes, tbx in the rest of the table.
#include <arm_neon.h>

#include "kernels/ternary_unpack/common.h"

void ternary_unpack_t5_t2_neon(const TernTernaryUnpack* args) {
  const uint8x16x4_t table_low = vld1q_u8_x4(kFourCodes);
  const uint8x16x2_t table_high = vld1q_u8_x2(kFourCodes + 64);
  const uint8x16_t fifth = vdupq_n_u8(81), low_bits = vdupq_n_u8(3);
  const uint8_t* packed = args->packed;
  uint8_t* t2 = args->t2;
  for (size_t p = 0; p < args->pieces; ++p, packed += TERN_T5_PIECE, t2 += TERN_T5_FROM) {
    for (int m = 0; m < 64; m += 16) {
      __builtin_prefetch(packed + 4 * m + kAheadBytes);
      uint8x16_t codes = vdupq_n_u8(0);
      for (int i = 0; i < 4; ++i) {
        const uint8x16_t value = vld1q_u8(packed + 64 * i + m);
        // Less 81 as long as that does not wrap around.
        uint8x16_t four = vminq_u8(value, vsubq_u8(value, fifth));
        four = vminq_u8(four, vsubq_u8(four, fifth));
        const uint8x16_t looked_up =
            vqtbx2q_u8(vqtbl4q_u8(table_low, four), table_high, vsubq_u8(four, vdupq_n_u8(64)));
        vst1q_u8(t2 + 64 * i + m, looked_up);
        // 0, 81 = 0b01010001 or 162 = 0b10100010: the fifth code in its lowest bits.
        codes = vorrq_u8(vshlq_n_u8(codes, 2), vandq_u8(vsubq_u8(value, four), low_bits));
      }
      vst1q_u8(t2 + 256 + m, codes);
    }
  }
}
