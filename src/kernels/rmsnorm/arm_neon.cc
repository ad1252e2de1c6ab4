#include <arm_neon.h>

#include "kernels/arm_lanes.h"
#include "kernels/rmsnorm/rmsnorm.h"

extern "C" void rmsnorm_f32_f32_neon(const float* x, const float* w, float eps, int64_t n, float* y) {
  Lanes squares = lanes_zero();
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Lanes values = lanes_load(x + i);
    squares = lanes_fma(squares, values, values);
  }
  const Lanes rest = lanes_load_first(x + i, n - i);
  squares = lanes_fma(squares, rest, rest);

  const float mean = lanes_sum(squares) / (float)n;
  // A vector square root: __builtin_sqrtf would call libm for a negative argument to set errno.
  const float root = vget_lane_f32(vsqrt_f32(vdup_n_f32(mean + eps)), 0);
  const float scale = 1.0f / root;
  for (i = 0; i + 4 <= n; i += 4) {
    vst1q_f32(y + i, vmulq_f32(vmulq_n_f32(vld1q_f32(x + i), scale), vld1q_f32(w + i)));
  }
  for (; i < n; ++i) y[i] = (x[i] * scale) * w[i];
}
