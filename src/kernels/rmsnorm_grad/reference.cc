// The definition: every other rmsnorm_grad kernel gives the bits of this one.
#include <cmath>

#include "kernels/lanes.h"
#include "kernels/rmsnorm_grad/rmsnorm_grad.h"

void rmsnorm_grad_f32_scalar(const float* x, const float* w, const float* dy, float eps, int64_t n, float* dx,
                             float* dw) {
  const float mean = tern::internal::lane_dot(n, x, x) / static_cast<float>(n);
  const float r = 1.0f / std::sqrt(mean + eps);
  const float dot = tern::internal::lane_dot_of(
      n, [&](int64_t i) { return dy[i] * w[i]; }, [&](int64_t i) { return x[i]; });
  const float c = ((dot * r) * r) / static_cast<float>(n);
  for (int64_t i = 0; i < n; ++i) {
    const float g = dy[i] * w[i];
    dw[i] = dw[i] + dy[i] * (x[i] * r);
    dx[i] = (g - x[i] * c) * r;
  }
}
