#include <arm_neon.h>

#include "kernels/rope/rotate.h"

extern "C" void rope_rotate_neon(float* x, const float* cos_sin, int64_t head_dim) {
  const int64_t half = head_dim / 2;
  int64_t i = 0;
  for (; i + 4 <= half; i += 4) {
    const float32x4_t cosine = vld1q_f32(cos_sin + i), sine = vld1q_f32(cos_sin + half + i);
    const float32x4_t low = vld1q_f32(x + i), high = vld1q_f32(x + half + i);
    vst1q_f32(x + i, vfmaq_f32(vnegq_f32(vmulq_f32(high, sine)), low, cosine));
    vst1q_f32(x + half + i, vfmaq_f32(vmulq_f32(low, sine), high, cosine));
  }
  for (; i < half; ++i) {
    const float cosine = cos_sin[i], sine = cos_sin[half + i];
    const float low = x[i], high = x[half + i];
    x[i] = __builtin_fmaf(low, cosine, -(high * sine));
    x[half + i] = __builtin_fmaf(high, cosine, low * sine);
  }
}
