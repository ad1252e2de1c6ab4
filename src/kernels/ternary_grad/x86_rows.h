#pragma once
// For files compiled with AVX2 or more; C-like and all static (docs/numerics.md rule 11).
#include "kernels/ternary_grad/tables.h"
#include "kernels/x86_transpose.h"

TERN_INLINE void transpose_16x16(const float* from, size_t stride, float* to) {
#pragma GCC unroll 2
  for (int row = 0; row < 16; row += 8) {
#pragma GCC unroll 2
    for (int column = 0; column < 16; column += 8) {
      __m256 m[8];
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) m[i] = _mm256_loadu_ps(from + (size_t)(column + i) * stride + row);
      transpose_8x8(m);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) _mm256_store_ps(to + 16 * (row + i) + column, m[i]);
    }
  }
}
