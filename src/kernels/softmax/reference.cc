// The definition: every other softmax kernel gives the bits of these two.
#include <algorithm>

#include "kernels/exp.h"
#include "kernels/lanes.h"
#include "kernels/softmax/softmax.h"

void softmax_f32_scalar(float* s, int64_t visible, int64_t n, float scale, TernSoftmaxRow* row) {
  float max = s[0] * scale;
  for (int64_t i = 1; i < visible; ++i) max = std::max(max, s[i] * scale);
  for (int64_t i = 0; i < visible; ++i) s[i] = tern::exp_f32(s[i] * scale - max);
  const float sum = tern::internal::lane_dot_of(
      visible, [&](int64_t i) { return s[i]; }, [](int64_t) { return 1.0f; });
  const float inverse = 1.0f / sum;
  for (int64_t i = 0; i < visible; ++i) s[i] = s[i] * inverse;
  std::fill(s + visible, s + n, 0.0f);
  *row = {max, sum};
}

void softmax_grad_f32_scalar(float* s, float* dp, int64_t visible, int64_t n, float scale,
                             const TernSoftmaxRow* row, float delta) {
  const float inverse = 1.0f / row->sum;
  for (int64_t i = 0; i < visible; ++i) {
    s[i] = tern::exp_f32(s[i] * scale - row->max) * inverse;
    dp[i] = (s[i] * (dp[i] - delta)) * scale;
  }
  std::fill(s + visible, s + n, 0.0f);
  std::fill(dp + visible, dp + n, 0.0f);
}
