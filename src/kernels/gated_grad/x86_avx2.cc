#include "kernels/gated_grad/gated_grad.h"

#include "kernels/x86.h"

void relu2_grad_f32_avx2(const float* gate, const float* up, const float* dh, int64_t n, float* d_gate,
                         float* d_up) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 g = _mm256_loadu_ps(gate + i), u = _mm256_loadu_ps(up + i), d = _mm256_loadu_ps(dh + i);
    const __m256 closed = _mm256_cmp_ps(g, _mm256_setzero_ps(), _CMP_LE_OQ);  // false for a NaN gate
    const __m256 of_gate = _mm256_mul_ps(_mm256_mul_ps(_mm256_add_ps(g, g), u), d);
    const __m256 of_up = _mm256_mul_ps(_mm256_mul_ps(g, g), d);
    _mm256_storeu_ps(d_gate + i, _mm256_andnot_ps(closed, of_gate));
    _mm256_storeu_ps(d_up + i, _mm256_andnot_ps(closed, of_up));
  }
  for (; i < n; ++i) {
    const float g = gate[i], u = up[i], d = dh[i];
    d_gate[i] = g <= 0 ? 0.0f : ((g + g) * u) * d;
    d_up[i] = g <= 0 ? 0.0f : (g * g) * d;
  }
}
