#include "kernels/gated/gated.h"

#include "kernels/x86_avx2.h"

namespace {

inline __attribute__((always_inline)) __m256 relu2_8(__m256 gate, __m256 up) {
  const __m256 closed = _mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_LE_OQ);  // false for a NaN gate
  return _mm256_andnot_ps(closed, _mm256_mul_ps(_mm256_mul_ps(gate, gate), up));
}

/// (gate / (1 + exp(-x))) * up
inline __attribute__((always_inline)) __m256 sigmoid_gated(__m256 x, __m256 gate, __m256 up) {
  const __m256 negated = _mm256_xor_ps(x, _mm256_set1_ps(-0.0f));
  const __m256 denominator = _mm256_add_ps(_mm256_set1_ps(1.0f), exp8(negated));
  return _mm256_mul_ps(_mm256_div_ps(gate, denominator), up);
}

inline __attribute__((always_inline)) __m256 swiglu_8(__m256 gate, __m256 up) {
  return sigmoid_gated(gate, gate, up);
}

inline __attribute__((always_inline)) __m256 geglu_8(__m256 gate, __m256 up) {
  const __m256 slope = _mm256_fmadd_ps(_mm256_mul_ps(gate, gate), _mm256_set1_ps(TERN_GELU_CUBIC),
                                       _mm256_set1_ps(TERN_GELU_LINEAR));
  return sigmoid_gated(_mm256_mul_ps(gate, slope), gate, up);
}

template <__m256 (*kFunction)(__m256, __m256)>
inline __attribute__((always_inline)) void apply(const float* gate, const float* up, int64_t n, float* h) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(h + i, kFunction(_mm256_loadu_ps(gate + i), _mm256_loadu_ps(up + i)));
  }
  if (i == n) return;
  float gates[8] = {}, ups[8] = {}, results[8];
  const size_t rest_bytes = static_cast<size_t>(n - i) * sizeof(float);
  __builtin_memcpy(gates, gate + i, rest_bytes);
  __builtin_memcpy(ups, up + i, rest_bytes);
  _mm256_storeu_ps(results, kFunction(_mm256_loadu_ps(gates), _mm256_loadu_ps(ups)));
  __builtin_memcpy(h + i, results, rest_bytes);
}

}  // namespace

void relu2_f32_avx2(const float* gate, const float* up, int64_t n, float* h) {
  apply<relu2_8>(gate, up, n, h);
}

void swiglu_f32_avx2(const float* gate, const float* up, int64_t n, float* h) {
  apply<swiglu_8>(gate, up, n, h);
}

void geglu_f32_avx2(const float* gate, const float* up, int64_t n, float* h) {
  apply<geglu_8>(gate, up, n, h);
}
