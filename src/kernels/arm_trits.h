#pragma once
// 2-bit codes (trit + 1) on AArch64. C-like and all static (docs/numerics.md rule 11).
#include <arm_neon.h>

/// The codes of part `part` (0: bits 7-6 .. 3: bits 1-0) of 16 bytes.
static inline __attribute__((always_inline)) int8x16_t codes_of(uint8x16_t bytes, int part) {
  switch (part) {
    case 0:
      return vreinterpretq_s8_u8(vshrq_n_u8(bytes, 6));
    case 1:
      return vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(bytes, 4), vdupq_n_u8(3)));
    case 2:
      return vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(bytes, 2), vdupq_n_u8(3)));
    default:
      return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(3)));
  }
}
