#include "kernels/softmax/softmax.h"

#include "kernels/x86_avx2.h"

namespace {

/// Of 8 lanes, those below `count`.
inline __attribute__((always_inline)) __m256i first_lanes(int64_t count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int32_t>(count)), lane);
}

inline __attribute__((always_inline)) float greatest(__m256 v) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// s[i ..] = exp(s * scale - max) of 8 elements, and +0 in the lanes that do not exist.
inline __attribute__((always_inline)) __m256 weights(__m256 s, __m256 scale, __m256 max) {
  return exp8(_mm256_sub_ps(_mm256_mul_ps(s, scale), max));
}

}  // namespace

void softmax_f32_avx2(float* s, int64_t visible, int64_t n, float scale, TernSoftmaxRow* row) {
  const __m256 scale8 = _mm256_set1_ps(scale), one = _mm256_set1_ps(1.0f);
  const int64_t whole = visible / 8 * 8;
  const __m256i rest = first_lanes(visible - whole);
  __m256 most = _mm256_set1_ps(s[0] * scale);
  for (int64_t i = 0; i < whole; i += 8) {
    most = _mm256_max_ps(most, _mm256_mul_ps(_mm256_loadu_ps(s + i), scale8));
  }
  if (whole < visible) {
    const __m256 z = _mm256_mul_ps(_mm256_maskload_ps(s + whole, rest), scale8);
    most = _mm256_max_ps(most, _mm256_blendv_ps(most, z, _mm256_castsi256_ps(rest)));
  }
  const float max = greatest(most);
  const __m256 max8 = _mm256_set1_ps(max);

  Lanes16 lanes = zero_lanes();
  int64_t i = 0;
  for (; i + 16 <= visible; i += 16) {
    const Lanes16 e = {weights(_mm256_loadu_ps(s + i), scale8, max8),
                       weights(_mm256_loadu_ps(s + i + 8), scale8, max8)};
    _mm256_storeu_ps(s + i, e.low);
    _mm256_storeu_ps(s + i + 8, e.high);
    lanes = fma_lanes(e, {one, one}, lanes);
  }
  if (i < visible) {
    Lanes16 e = zero_lanes();
    for (int half = 0; half < 2; ++half) {
      const __m256i there = first_lanes(visible - i - 8 * half);
      const __m256 values = _mm256_and_ps(weights(_mm256_maskload_ps(s + i + 8 * half, there), scale8, max8),
                                          _mm256_castsi256_ps(there));
      _mm256_maskstore_ps(s + i + 8 * half, there, values);
      (half == 0 ? e.low : e.high) = values;
    }
    lanes = fma_lanes(e, {one, one}, lanes);
  }
  const float sum = tree_sum(lanes);
  const __m256 inverse = _mm256_set1_ps(1.0f / sum);
  for (i = 0; i < whole; i += 8) _mm256_storeu_ps(s + i, _mm256_mul_ps(_mm256_loadu_ps(s + i), inverse));
  if (whole < visible)
    _mm256_maskstore_ps(s + whole, rest, _mm256_mul_ps(_mm256_maskload_ps(s + whole, rest), inverse));
  if (visible < n) __builtin_memset(s + visible, 0, static_cast<size_t>(n - visible) * sizeof(float));
  row->max = max;
  row->sum = sum;
}

void softmax_grad_f32_avx2(float* s, float* dp, int64_t visible, int64_t n, float scale,
                           const TernSoftmaxRow* row, float delta) {
  const __m256 scale8 = _mm256_set1_ps(scale), max8 = _mm256_set1_ps(row->max),
               inverse = _mm256_set1_ps(1.0f / row->sum), delta8 = _mm256_set1_ps(delta);
  for (int64_t i = 0; i < visible; i += 8) {
    const __m256i there = first_lanes(visible - i < 8 ? visible - i : 8);
    const __m256 p = _mm256_mul_ps(weights(_mm256_maskload_ps(s + i, there), scale8, max8), inverse);
    const __m256 d =
        _mm256_mul_ps(_mm256_mul_ps(p, _mm256_sub_ps(_mm256_maskload_ps(dp + i, there), delta8)), scale8);
    _mm256_maskstore_ps(s + i, there, p);
    _mm256_maskstore_ps(dp + i, there, d);
  }
  if (visible < n) {
    const size_t bytes = static_cast<size_t>(n - visible) * sizeof(float);
    __builtin_memset(s + visible, 0, bytes);
    __builtin_memset(dp + visible, 0, bytes);
  }
}
