// What the kernels of 8 rows a register share. C-like and all static (docs/numerics.md rule 11): every ISA
// file compiles its own copy.
#pragma once
#include <immintrin.h>

#include "kernels/ternary_matmul/ternary_matmul.h"

#define TERN_INLINE static inline __attribute__((always_inline))

// Tokens that share one pass over the rows: their activations stay in the second-level cache.
enum { kTokensPerPass = 64 };
// Ahead of a stream that is read once: the hardware's own prefetching ends at each page.
enum { kPrefetchBytes = 2048 };

/// The four activations that part `part` of unit `u` of a block meets, in every lane.
TERN_INLINE __m256i four_q(const int8_t* q_block, int u, int part) {
  int32_t four;
  __builtin_memcpy(&four, q_block + 32 * part + 4 * u, sizeof four);
  return _mm256_set1_epi32(four);
}

TERN_INLINE __m256i load_half(const uint8_t* unit, int half) {
  return _mm256_load_si256((const __m256i*)(unit + 32 * half));
}

/// Rows n .. n+7 of token t, as far as they exist.
TERN_INLINE void store_half(const TernTernaryMatmul* args, int32_t n, int32_t t, __m256i sums) {
  const __m256i exact = _mm256_sub_epi32(sums, _mm256_set1_epi32(args->q_sum[t]));
  const __m256 product = _mm256_div_ps(_mm256_cvtepi32_ps(exact), _mm256_set1_ps(args->a[t]));
  const __m256 ws = _mm256_set1_ps(args->ws);
  const __m256 y = args->divide != 0 ? _mm256_div_ps(product, ws) : _mm256_mul_ps(product, ws);
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i exists = _mm256_cmpgt_epi32(_mm256_set1_epi32(args->n_end - n), lane);
  _mm256_maskstore_ps(args->y + (size_t)t * args->y_stride + (size_t)n, exists, y);
}
