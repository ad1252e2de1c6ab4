#pragma once
// What the AVX-512 kernels share. For x86_avx512vnni.cc files only: everything is static (docs/numerics.md
// rule 11). One register is the 16 lanes of rule 3.
#include "kernels/exp_constants.h"
#include "kernels/x86.h"

namespace {

/// The tree 8-4-2-1.
inline __attribute__((always_inline)) float tree_sum(__m512 lanes) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(lanes), _mm512_extractf32x8_ps(lanes, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/// exp of 16 floats by the steps of kernels/exp_constants.h.
inline __attribute__((always_inline)) __m512 exp16(__m512 x) {
  const __m512 round = _mm512_set1_ps(kTernExpRound), one = _mm512_set1_ps(1.0f);
  const __m512 t = _mm512_fmadd_ps(x, _mm512_set1_ps(kTernExpLog2e), round);
  const __m512 n = _mm512_sub_ps(t, round);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(kTernExpLn2High), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(kTernExpLn2Low), r);
  __m512 p = _mm512_set1_ps(kTernExpC6);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kTernExpC5));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kTernExpC4));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kTernExpC3));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kTernExpC2));
  p = _mm512_fmadd_ps(p, r, one);
  p = _mm512_fmadd_ps(p, r, one);
  const __m512i scaled =
      _mm512_add_epi32(_mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(t), 23));
  const __mmask16 below = _mm512_cmp_ps_mask(x, _mm512_set1_ps(kTernExpLowest), _CMP_LT_OQ);
  const __mmask16 above = _mm512_cmp_ps_mask(x, _mm512_set1_ps(kTernExpHighest), _CMP_GT_OQ);
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  __m512 result = _mm512_mask_mov_ps(_mm512_castsi512_ps(scaled), below, _mm512_setzero_ps());
  result = _mm512_mask_mov_ps(result, above, _mm512_set1_ps(__builtin_inff()));
  return _mm512_mask_mov_ps(result, nan, x);
}

}  // namespace
