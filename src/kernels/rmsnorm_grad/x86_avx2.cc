#include "kernels/rmsnorm_grad/rmsnorm_grad.h"

#include "kernels/x86_avx2.h"

namespace {

struct Sums {
  Lanes16 squares, dots;
};

inline __attribute__((always_inline)) void add(const float* x, const float* w, const float* dy, Sums& sums) {
  const Lanes16 values = load_f32(x), weights = load_f32(w), grads = load_f32(dy);
  const Lanes16 g = {_mm256_mul_ps(grads.low, weights.low), _mm256_mul_ps(grads.high, weights.high)};
  sums.squares = fma_lanes(values, values, sums.squares);
  sums.dots = fma_lanes(g, values, sums.dots);
}

}  // namespace

void rmsnorm_grad_f32_avx2(const float* x, const float* w, const float* dy, float eps, int64_t n, float* dx,
                           float* dw) {
  Sums sums = {zero_lanes(), zero_lanes()};
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) add(x + i, w + i, dy + i, sums);
  if (i < n) {
    float rest[3][16] = {};
    const size_t bytes = static_cast<size_t>(n - i) * sizeof(float);
    __builtin_memcpy(rest[0], x + i, bytes);
    __builtin_memcpy(rest[1], w + i, bytes);
    __builtin_memcpy(rest[2], dy + i, bytes);
    add(rest[0], rest[1], rest[2], sums);
  }
  const float mean = tree_sum(sums.squares) / static_cast<float>(n);
  const float r = 1.0f / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(mean + eps)));
  const float c = ((tree_sum(sums.dots) * r) * r) / static_cast<float>(n);
  const __m256 r8 = _mm256_set1_ps(r), c8 = _mm256_set1_ps(c);
  for (i = 0; i + 8 <= n; i += 8) {
    const __m256 values = _mm256_loadu_ps(x + i), grads = _mm256_loadu_ps(dy + i);
    const __m256 g = _mm256_mul_ps(grads, _mm256_loadu_ps(w + i));
    const __m256 more = _mm256_mul_ps(grads, _mm256_mul_ps(values, r8));
    _mm256_storeu_ps(dw + i, _mm256_add_ps(_mm256_loadu_ps(dw + i), more));
    _mm256_storeu_ps(dx + i, _mm256_mul_ps(_mm256_sub_ps(g, _mm256_mul_ps(values, c8)), r8));
  }
  for (; i < n; ++i) {
    const float g = dy[i] * w[i];
    dw[i] = dw[i] + dy[i] * (x[i] * r);
    dx[i] = (g - x[i] * c) * r;
  }
}
