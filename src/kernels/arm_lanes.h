#pragma once
// The 16 lanes of docs/numerics.md rule 3 in four NEON registers, for AArch64 kernels. C-like and all static
// (rule 11): every ISA file compiles its own copy.
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

enum { kLanes = 16 };

/// Lane i is v[i/4][i%4].
typedef struct Lanes {
  float32x4_t v[4];
} Lanes;

static inline Lanes lanes_zero(void) {
  const float32x4_t zero = vdupq_n_f32(0.0f);
  const Lanes result = {{zero, zero, zero, zero}};
  return result;
}

static inline Lanes lanes_load(const float* from) {
  const Lanes result = {{vld1q_f32(from), vld1q_f32(from + 4), vld1q_f32(from + 8), vld1q_f32(from + 12)}};
  return result;
}

static inline void lanes_store(float* to, Lanes lanes) {
  for (int i = 0; i < 4; ++i) vst1q_f32(to + 4 * i, lanes.v[i]);
}

/// fma(a, b, acc), lane by lane.
static inline Lanes lanes_fma(Lanes acc, Lanes a, Lanes b) {
  for (int i = 0; i < 4; ++i) acc.v[i] = vfmaq_f32(acc.v[i], a.v[i], b.v[i]);
  return acc;
}

/// fma(a, b, acc) with one b for all lanes.
static inline Lanes lanes_fma_scalar(Lanes acc, Lanes a, float b) {
  for (int i = 0; i < 4; ++i) acc.v[i] = vfmaq_n_f32(acc.v[i], a.v[i], b);
  return acc;
}

static inline Lanes lanes_add(Lanes a, Lanes b) {
  for (int i = 0; i < 4; ++i) a.v[i] = vaddq_f32(a.v[i], b.v[i]);
  return a;
}

static inline Lanes lanes_scaled(Lanes lanes, float by) {
  for (int i = 0; i < 4; ++i) lanes.v[i] = vmulq_n_f32(lanes.v[i], by);
  return lanes;
}

/// The first `count` < 16 floats, then +0: what the last group of a row is filled up with.
static inline Lanes lanes_load_first(const float* from, int64_t count) {
  float buffer[kLanes] = {0};
  for (int64_t i = 0; i < count; ++i) buffer[i] = from[i];
  return lanes_load(buffer);
}

/// The tree 8-4-2-1.
static inline float lanes_sum(Lanes lanes) {
  const float32x4_t by8_low = vaddq_f32(lanes.v[0], lanes.v[2]);
  const float32x4_t by8_high = vaddq_f32(lanes.v[1], lanes.v[3]);
  const float32x4_t by4 = vaddq_f32(by8_low, by8_high);
  const float32x2_t by2 = vadd_f32(vget_low_f32(by4), vget_high_f32(by4));
  return vget_lane_f32(by2, 0) + vget_lane_f32(by2, 1);
}

/// 16 little-endian float32 / float16 / bfloat16, at any alignment.
static inline Lanes lanes_from_f32_bytes(const uint8_t* from) {
  Lanes result;
  for (int i = 0; i < 4; ++i) result.v[i] = vreinterpretq_f32_u8(vld1q_u8(from + 16 * i));
  return result;
}

static inline Lanes lanes_from_f16_bytes(const uint8_t* from) {
  const float16x8_t low = vreinterpretq_f16_u8(vld1q_u8(from));
  const float16x8_t high = vreinterpretq_f16_u8(vld1q_u8(from + 16));
  const Lanes result = {{vcvt_f32_f16(vget_low_f16(low)), vcvt_high_f32_f16(low),
                         vcvt_f32_f16(vget_low_f16(high)), vcvt_high_f32_f16(high)}};
  return result;
}

static inline Lanes lanes_from_bf16_bytes(const uint8_t* from) {
  Lanes result;
  for (int i = 0; i < 2; ++i) {
    const uint16x8_t bits = vreinterpretq_u16_u8(vld1q_u8(from + 16 * i));
    result.v[2 * i] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(bits), 16));
    result.v[2 * i + 1] = vreinterpretq_f32_u32(vshll_high_n_u16(bits, 16));
  }
  return result;
}

/// 16 int8, exactly.
static inline Lanes lanes_from_i8(int8x16_t values) {
  Lanes result;
  const int16x8_t halves[2] = {vmovl_s8(vget_low_s8(values)), vmovl_high_s8(values)};
  for (int i = 0; i < 2; ++i) {
    result.v[2 * i] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(halves[i])));
    result.v[2 * i + 1] = vcvtq_f32_s32(vmovl_high_s16(halves[i]));
  }
  return result;
}

/// One little-endian float16.
static inline float f32_from_f16_bytes(const uint8_t* from) {
  const uint16_t bits = (uint16_t)(from[0] | from[1] << 8);
  return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(bits))), 0);
}
