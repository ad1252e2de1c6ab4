#include "kernels/rmsnorm/rmsnorm.h"

#include "kernels/x86_avx2.h"

void rmsnorm_f32_f32_avx2(const float* x, const float* w, float eps, int64_t n, float* y) {
  Lanes16 lanes = zero_lanes();
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const Lanes16 values = load_f32(x + i);
    lanes = fma_lanes(values, values, lanes);
  }
  if (i < n) {
    float rest[16] = {};
    __builtin_memcpy(rest, x + i, static_cast<size_t>(n - i) * sizeof(float));
    lanes = fma_lanes(load_f32(rest), load_f32(rest), lanes);
  }
  const float mean = tree_sum(lanes) / static_cast<float>(n);
  const float r = 1.0f / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(mean + eps)));
  const __m256 r8 = _mm256_set1_ps(r);
  for (i = 0; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(y + i, _mm256_mul_ps(_mm256_mul_ps(_mm256_loadu_ps(x + i), r8), _mm256_loadu_ps(w + i)));
  }
  for (; i < n; ++i) y[i] = (x[i] * r) * w[i];
}
