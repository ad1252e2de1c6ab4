#pragma once
// For files compiled with AVX2 or more; C-like and all static (docs/numerics.md rule 11).
#include <immintrin.h>

/// m[i] of 8 rows by 8 columns becomes m[i] of 8 columns by 8 rows.
static inline __attribute__((always_inline)) void transpose_8x8(__m256 m[8]) {
  __m256 a[8], b[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    a[2 * i] = _mm256_unpacklo_ps(m[2 * i], m[2 * i + 1]);
    a[2 * i + 1] = _mm256_unpackhi_ps(m[2 * i], m[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    b[4 * i] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0x44);
    b[4 * i + 1] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0xee);
    b[4 * i + 2] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
    b[4 * i + 3] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    m[i] = _mm256_permute2f128_ps(b[i], b[4 + i], 0x20);
    m[4 + i] = _mm256_permute2f128_ps(b[i], b[4 + i], 0x31);
  }
}
