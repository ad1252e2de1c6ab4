#include <arm_neon.h>

#include "kernels/act_quant/act_quant.h"

enum { kStep = 16, kBlock = 32 };
static const uint32_t kMagnitudeBits = 0x7fffffffu;
static const uint32_t kInfinityBits = 0x7f800000u;

static inline uint32x4_t magnitudes(const float* x) {
  return vandq_u32(vreinterpretq_u32_f32(vld1q_f32(x)), vdupq_n_u32(kMagnitudeBits));
}

/// Bit pattern of max |x|: as integers these are ordered like the magnitudes, with NaN above infinity.
static inline uint32_t absmax_bits(const float* x, int64_t k) {
  uint32x4_t lanes = vdupq_n_u32(0);
  int64_t i = 0;
  for (; i + 4 <= k; i += 4) lanes = vmaxq_u32(lanes, magnitudes(x + i));
  float rest[4] = {0, 0, 0, 0};
  for (int j = 0; i < k; ++i, ++j) rest[j] = x[i];
  return vmaxvq_u32(vmaxq_u32(lanes, magnitudes(rest)));
}

static inline float float_of_bits(uint32_t bits) {
  return vget_lane_f32(vreinterpret_f32_u32(vdup_n_u32(bits)), 0);
}

/// clamp(round_half_even(x * a), -127, 127) of 16 values.
static inline int8x16_t quantize16(const float* x, float a) {
  int16x4_t parts[4];
  for (int i = 0; i < 4; ++i) parts[i] = vqmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + 4 * i), a)));
  const int8x16_t q =
      vcombine_s8(vqmovn_s16(vcombine_s16(parts[0], parts[1])), vqmovn_s16(vcombine_s16(parts[2], parts[3])));
  return vmaxq_s8(q, vdupq_n_s8(-127));
}

extern "C" int32_t act_quant_f32_i8_neon(const float* x, int64_t k, int8_t* q, int64_t q_padded, float* a,
                                         int32_t* q_sum) {
  const uint32_t bits = absmax_bits(x, k);
  if (bits >= kInfinityBits) return 1;
  const float absmax = float_of_bits(bits);
  const float scale = 127.0f / (absmax > 1e-5f ? absmax : 1e-5f);
  int32x4_t sums = vdupq_n_s32(0);
  int64_t i = 0;
  for (; i + kStep <= k; i += kStep) {
    const int8x16_t values = quantize16(x + i, scale);
    vst1q_s8(q + i, values);
    sums = vpadalq_s16(sums, vpaddlq_s8(values));
  }
  float rest[kStep] = {0};
  for (int64_t j = i; j < k; ++j) rest[j - i] = x[j];
  int8_t rest_q[kStep];
  const int8x16_t values = quantize16(rest, scale);
  vst1q_s8(rest_q, values);
  sums = vpadalq_s16(sums, vpaddlq_s8(values));
  for (int64_t j = i; j < k; ++j) q[j] = rest_q[j - i];
  for (int64_t j = k; j < q_padded; ++j) q[j] = 0;
  *a = scale;
  *q_sum = vaddvq_s32(sums);
  return 0;
}

extern "C" int32_t act_quant_blocks_f32_i8_neon(const float* x, int64_t k, int8_t* q, float* d,
                                                int32_t* q_sum) {
  for (int64_t b = 0; b < k / kBlock; ++b) {
    const uint32_t bits = absmax_bits(x + b * kBlock, kBlock);
    if (bits >= kInfinityBits) return 1;
    const float absmax = float_of_bits(bits);
    const float inverse =
        127.0f / absmax;  // infinity: absmax is 0 or too small, and the block counts as zero
    const int is_zero = inverse > 3.402823466e38f;
    int16x8_t sums = vdupq_n_s16(0);
    for (int64_t i = b * kBlock; i < (b + 1) * kBlock; i += kStep) {
      const int8x16_t values = is_zero ? vdupq_n_s8(0) : quantize16(x + i, inverse);
      vst1q_s8(q + i, values);
      sums = vpadalq_s8(sums, values);
    }
    d[b] = is_zero ? 0.0f : absmax / 127.0f;
    q_sum[b] = vaddlvq_s16(sums);
  }
  return 0;
}
