#include <arm_neon.h>

#include "kernels/arm_exp.h"
#include "kernels/gated/gated.h"

/// One gated activation of four elements.
typedef float32x4_t (*Gate)(float32x4_t gate, float32x4_t up);

static inline float32x4_t relu2(float32x4_t gate, float32x4_t up) {
  const float32x4_t open = vmulq_f32(vmulq_f32(gate, gate), up);
  return vbslq_f32(vclezq_f32(gate), vdupq_n_f32(0.0f), open);
}

/// (gate / (1 + exp(-x))) * up
static inline float32x4_t sigmoid_gated(float32x4_t x, float32x4_t gate, float32x4_t up) {
  const float32x4_t denominator = vaddq_f32(vdupq_n_f32(1.0f), exp_f32x4(vnegq_f32(x)));
  return vmulq_f32(vdivq_f32(gate, denominator), up);
}

static inline float32x4_t swiglu(float32x4_t gate, float32x4_t up) {
  return sigmoid_gated(gate, gate, up);
}

static inline float32x4_t geglu(float32x4_t gate, float32x4_t up) {
  const float32x4_t slope =
      vfmaq_f32(vdupq_n_f32(TERN_GELU_LINEAR), vmulq_f32(gate, gate), vdupq_n_f32(TERN_GELU_CUBIC));
  return sigmoid_gated(vmulq_f32(gate, slope), gate, up);
}

static inline __attribute__((always_inline)) void for_each_four(const float* gate, const float* up, int64_t n,
                                                                float* h, Gate function) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) vst1q_f32(h + i, function(vld1q_f32(gate + i), vld1q_f32(up + i)));
  for (; i < n; ++i) h[i] = vgetq_lane_f32(function(vdupq_n_f32(gate[i]), vdupq_n_f32(up[i])), 0);
}

extern "C" void relu2_f32_neon(const float* gate, const float* up, int64_t n, float* h) {
  for_each_four(gate, up, n, h, relu2);
}

extern "C" void swiglu_f32_neon(const float* gate, const float* up, int64_t n, float* h) {
  for_each_four(gate, up, n, h, swiglu);
}

extern "C" void geglu_f32_neon(const float* gate, const float* up, int64_t n, float* h) {
  for_each_four(gate, up, n, h, geglu);
}
