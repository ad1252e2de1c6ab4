#pragma once
// Integer weights of the block formats for the AArch64 float path; quant/blocks.cc and quant/q6_k.cc draw the
// layouts. C-like and all static (docs/numerics.md rule 11).
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

enum {
  kQ8Elements = 32,
  kQ8Bytes = 34,
  kQ8CodesAt = 2,
  kQ4Elements = 32,
  kQ4Bytes = 20,
  kQ4MinimumAt = 2,
  kQ4CodesAt = 4,
  kQ6Elements = 256,
  kQ6Bytes = 210,
  kQ6HighBitsAt = 128,
  kQ6ScalesAt = 192,
  kQ6StepAt = 208
};

/// Elements 16*half .. +15 of a block.
static inline int8x16_t q8_0_codes(const uint8_t* block, int64_t half) {
  return vreinterpretq_s8_u8(vld1q_u8(block + kQ8CodesAt + 16 * half));
}

/// The same, in [0, 15].
static inline int8x16_t q4_1_codes(const uint8_t* block, int64_t half) {
  const uint8x16_t packed = vld1q_u8(block + kQ4CodesAt);
  return vreinterpretq_s8_u8(half == 0 ? vandq_u8(packed, vdupq_n_u8(15)) : vshrq_n_u8(packed, 4));
}

/// Elements 16*group .. +15 of a super-block without their sub-scale, in [-32, 31].
static inline int8x16_t q6_k_codes(const uint8_t* block, int64_t group) {
  const int64_t half = group / 8, part = group % 8 / 2, l = group % 2 * 16;
  const uint8x16_t ql = vld1q_u8(block + 64 * half + 32 * (part & 1) + l);
  const uint8x16_t qh = vld1q_u8(block + kQ6HighBitsAt + 32 * half + l);
  const uint8x16_t low = part < 2 ? vandq_u8(ql, vdupq_n_u8(15)) : vshrq_n_u8(ql, 4);
  const uint8x16_t high = vandq_u8(vshlq_u8(qh, vdupq_n_s8((int8_t)(-2 * part))), vdupq_n_u8(3));
  return vsubq_s8(vreinterpretq_s8_u8(vorrq_u8(low, vshlq_n_u8(high, 4))), vdupq_n_s8(32));
}

static inline int32_t q6_k_scale(const uint8_t* block, int64_t group) {
  return (int8_t)block[kQ6ScalesAt + group];
}
