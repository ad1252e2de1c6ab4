#pragma once
// What the AVX2 kernels share. For x86_avx2.cc files only: everything is static (docs/numerics.md rule 11).
#include "kernels/exp_constants.h"
#include "kernels/x86.h"

namespace {

/// The 16 lanes of rule 3: lane i is element i of low, lane 8 + i element i of high.
struct Lanes16 {
  __m256 low, high;
};

inline __attribute__((always_inline)) Lanes16 zero_lanes() {
  return {_mm256_setzero_ps(), _mm256_setzero_ps()};
}

inline __attribute__((always_inline)) Lanes16 load_f32(const void* at) {
  const float* values = static_cast<const float*>(at);
  return {_mm256_loadu_ps(values), _mm256_loadu_ps(values + 8)};
}

inline __attribute__((always_inline)) Lanes16 load_f16(const void* at) {
  const __m128i* halves = static_cast<const __m128i*>(at);
  return {_mm256_cvtph_ps(_mm_loadu_si128(halves)), _mm256_cvtph_ps(_mm_loadu_si128(halves + 1))};
}

inline __attribute__((always_inline)) Lanes16 fma_lanes(Lanes16 a, Lanes16 b, Lanes16 acc) {
  return {_mm256_fmadd_ps(a.low, b.low, acc.low), _mm256_fmadd_ps(a.high, b.high, acc.high)};
}

/// The tree 8-4-2-1.
inline __attribute__((always_inline)) float tree_sum(Lanes16 lanes) {
  const __m256 eight = _mm256_add_ps(lanes.low, lanes.high);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/// exp of 8 floats by the steps of kernels/exp_constants.h.
inline __attribute__((always_inline)) __m256 exp8(__m256 x) {
  const __m256 round = _mm256_set1_ps(kTernExpRound), one = _mm256_set1_ps(1.0f);
  const __m256 t = _mm256_fmadd_ps(x, _mm256_set1_ps(kTernExpLog2e), round);
  const __m256 n = _mm256_sub_ps(t, round);
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(kTernExpLn2High), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(kTernExpLn2Low), r);
  __m256 p = _mm256_set1_ps(kTernExpC6);
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kTernExpC5));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kTernExpC4));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kTernExpC3));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kTernExpC2));
  p = _mm256_fmadd_ps(p, r, one);
  p = _mm256_fmadd_ps(p, r, one);
  const __m256i scaled =
      _mm256_add_epi32(_mm256_castps_si256(p), _mm256_slli_epi32(_mm256_castps_si256(t), 23));
  const __m256 below = _mm256_cmp_ps(x, _mm256_set1_ps(kTernExpLowest), _CMP_LT_OQ);
  const __m256 above = _mm256_cmp_ps(x, _mm256_set1_ps(kTernExpHighest), _CMP_GT_OQ);
  __m256 result = _mm256_andnot_ps(below, _mm256_castsi256_ps(scaled));
  result = _mm256_blendv_ps(result, _mm256_set1_ps(__builtin_inff()), above);
  return _mm256_blendv_ps(result, x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

}  // namespace
