#include <immintrin.h>

#include "kernels/rope/rotate.h"

void rope_rotate_avx2(float* x, const float* cos_sin, int64_t head_dim) {
  const int64_t half = head_dim / 2;
  int64_t i = 0;
  for (; i + 8 <= half; i += 8) {
    const __m256 cosine = _mm256_loadu_ps(cos_sin + i), sine = _mm256_loadu_ps(cos_sin + half + i);
    const __m256 low = _mm256_loadu_ps(x + i), high = _mm256_loadu_ps(x + half + i);
    _mm256_storeu_ps(x + i, _mm256_fmsub_ps(low, cosine, _mm256_mul_ps(high, sine)));
    _mm256_storeu_ps(x + half + i, _mm256_fmadd_ps(high, cosine, _mm256_mul_ps(low, sine)));
  }
  for (; i < half; ++i) {
    const float cosine = cos_sin[i], sine = cos_sin[half + i];
    const float low = x[i], high = x[half + i];
    x[i] = __builtin_fmaf(low, cosine, -(high * sine));
    x[half + i] = __builtin_fmaf(high, cosine, low * sine);
  }
}
