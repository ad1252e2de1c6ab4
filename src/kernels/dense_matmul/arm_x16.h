#pragma once
// x16 weights in NEON registers: four rows a register, signed codes. What x16_tiles.h asks for, less the dot
// products.
#include <arm_neon.h>

#include "kernels/dense_matmul/x16_tiles.h"
#include "quant/iq4_nl.h"

namespace {

struct NeonRows {
  static constexpr int kRows = 4, kTokens = 4;
  typedef int32x4_t Int;
  typedef float32x4_t Float;

  static TERN_INLINE int32x4_t load(const uint8_t* at) { return vreinterpretq_s32_u8(vld1q_u8(at)); }
  static TERN_INLINE float32x4_t f16s(const uint8_t* at) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(at)));
  }
  static TERN_INLINE uint32x2_t four_bytes(const uint8_t* at) {
    uint32_t four;
    __builtin_memcpy(&four, at, sizeof four);
    return vdup_n_u32(four);
  }
  static TERN_INLINE int32x4_t bytes(const uint8_t* at) {
    const uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(four_bytes(at)));
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)));
  }
  static TERN_INLINE int32x4_t scales(const uint8_t* at) {
    return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u32(four_bytes(at)))));
  }
  static TERN_INLINE int32x4_t scales_of(int32x4_t v) { return v; }
  static TERN_INLINE int32x4_t low4(int32x4_t v) {
    return vreinterpretq_s32_u8(vandq_u8(vreinterpretq_u8_s32(v), vdupq_n_u8(15)));
  }
  static TERN_INLINE int32x4_t high4(int32x4_t v) {
    return vreinterpretq_s32_u8(vshrq_n_u8(vreinterpretq_u8_s32(v), 4));
  }
  static TERN_INLINE int32x4_t q8_codes(int32x4_t v) { return v; }
  template <int f>
  static TERN_INLINE int32x4_t q6_codes(int32x4_t low, int32x4_t high) {
    const uint8x16_t bits = vreinterpretq_u8_s32(high);
    const uint8x16_t shifted = vshlq_u8(bits, vdupq_n_s8(4 - 2 * f));
    const uint8x16_t code = vorrq_u8(vreinterpretq_u8_s32(low), vandq_u8(shifted, vdupq_n_u8(0x30)));
    return vreinterpretq_s32_s8(vsubq_s8(vreinterpretq_s8_u8(code), vdupq_n_s8(32)));
  }
  template <int c>
  static TERN_INLINE int32x4_t screen3_codes(int32x4_t low, int32x4_t high) {
    const uint8x16_t low_shifted = vshlq_u8(vreinterpretq_u8_s32(low), vdupq_n_s8(-2 * (c % 4)));
    const uint8x16_t high_shifted = vshlq_u8(vreinterpretq_u8_s32(high), vdupq_n_s8(2 - c));
    return vreinterpretq_s32_u8(
        vorrq_u8(vandq_u8(low_shifted, vdupq_n_u8(3)), vandq_u8(high_shifted, vdupq_n_u8(4))));
  }
  static TERN_INLINE int32x4_t iq4_nl(int32x4_t v) {
    return vreinterpretq_s32_s8(vqtbl1q_s8(vld1q_s8(kTernIq4Nl), vreinterpretq_u8_s32(v)));
  }
  static TERN_INLINE void prepare_q6(const int8_t*, int32_t*) {}  // the codes are signed
  static TERN_INLINE void sums16(const int8_t* q, int32_t* sums) {
    for (int i = 0; i < 16; ++i) sums[i] = vaddlvq_s8(vld1q_s8(q + 16 * i));
  }
  static TERN_INLINE int32x4_t times(int32x4_t scales, int32_t n) { return vmulq_n_s32(scales, n); }

  static TERN_INLINE int32x4_t add_int(int32x4_t a, int32x4_t b) { return vaddq_s32(a, b); }
  static TERN_INLINE int32x4_t and_int(int32x4_t a, int32x4_t b) { return vandq_s32(a, b); }
  static TERN_INLINE int32x4_t or_int(int32x4_t a, int32x4_t b) { return vorrq_s32(a, b); }
  template <int n>
  static TERN_INLINE int32x4_t shift(int32x4_t v) {
    return shift_down(v, -n);
  }
  static TERN_INLINE int32x4_t shift_down(int32x4_t v, int n) {
    return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(v), vdupq_n_s32(-n)));
  }

  static TERN_INLINE float32x4_t zero() { return vdupq_n_f32(0.0f); }
  static TERN_INLINE float32x4_t splat(float value) { return vdupq_n_f32(value); }
  static TERN_INLINE int32x4_t splat_int(int32_t value) { return vdupq_n_s32(value); }
  static TERN_INLINE float32x4_t mul(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }
  static TERN_INLINE float32x4_t fma(float32x4_t a, float32x4_t b, float32x4_t c) {
    return vfmaq_f32(c, a, b);
  }
  static TERN_INLINE float32x4_t to_float(int32x4_t v) { return vcvtq_f32_s32(v); }
  static TERN_INLINE void store(float* y, int32_t count, float32x4_t v) {
    if (count >= 4) return vst1q_f32(y, v);
    float values[4];
    vst1q_f32(values, v);
    for (int32_t r = 0; r < count; ++r) y[r] = values[r];
  }
};

}  // namespace
