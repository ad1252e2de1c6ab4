// The definition: every other rmsnorm kernel gives the bits of this one.
#include <cmath>

#include "kernels/lanes.h"
#include "kernels/rmsnorm/rmsnorm.h"

void rmsnorm_f32_f32_scalar(const float* x, const float* w, float eps, int64_t n, float* y) {
  const float mean = tern::internal::lane_dot(n, x, x) / static_cast<float>(n);
  const float r = 1.0f / std::sqrt(mean + eps);
  for (int64_t i = 0; i < n; ++i) y[i] = (x[i] * r) * w[i];
}
