// Tiles of vpdpbusd in AVX-512 registers. A register holds 16 rows: a 64-byte unit of weights gives, for each
// of its four parts, the codes of 4 columns of 16 rows, which vpdpbusd multiplies by 4 activations that all
// rows share. No horizontal sums. Everything in an anonymous namespace (docs/numerics.md rule 11).
#pragma once
#include "kernels/ternary_matmul/x86_ymm.h"

namespace {

/// The four activations that part `part` of unit `u` of a block meets, in every lane.
inline __attribute__((always_inline)) __m512i four_in_16_lanes(const int8_t* q_block, int u, int part) {
  int32_t four;
  __builtin_memcpy(&four, q_block + 32 * part + 4 * u, sizeof four);
  return _mm512_set1_epi32(four);
}

inline __attribute__((always_inline)) void store(const TernTernaryMatmul* args, int32_t n, int32_t t,
                                                 __m512i sums) {
  const __m512i exact = _mm512_sub_epi32(sums, _mm512_set1_epi32(args->q_sum[t]));
  const __m512 product = _mm512_div_ps(_mm512_cvtepi32_ps(exact), _mm512_set1_ps(args->a[t]));
  const __m512 ws = _mm512_set1_ps(args->ws);
  const __m512 y = args->divide != 0 ? _mm512_div_ps(product, ws) : _mm512_mul_ps(product, ws);
  const int32_t rows = args->n_end - n;
  const auto mask = static_cast<__mmask16>(rows >= 16 ? 0xffff : (1 << rows) - 1);
  _mm512_mask_storeu_ps(args->y + static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n), mask, y);
}

/// sums[g][c] += part `part` of unit `unit` of each group of 16 rows, times the activations that it meets of
/// C tokens.
template <int G, int C>
inline __attribute__((always_inline)) void add_part(const __m512i (&packed)[G], const int8_t* q_block,
                                                    size_t q_stride, int unit, int part,
                                                    __m512i (&sums)[G][C]) {
  const __m512i two_bits = _mm512_set1_epi8(3);
  __m512i codes[G];
#pragma GCC unroll 4
  for (int g = 0; g < G; ++g) {
    const __m512i shifted = part == 3 ? packed[g] : _mm512_srli_epi16(packed[g], 6 - 2 * part);
    codes[g] = _mm512_and_si512(shifted, two_bits);
  }
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
    const __m512i four = four_in_16_lanes(q_block + static_cast<size_t>(c) * q_stride, unit, part);
#pragma GCC unroll 4
    for (int g = 0; g < G; ++g) sums[g][c] = _mm512_dpbusd_epi32(sums[g][c], codes[g], four);
  }
}

/// G groups of 16 rows by C tokens.
template <int G, int C>
void tile(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  const size_t group_bytes = 16 * args->row_bytes;
  const uint8_t* unit = args->weights + static_cast<size_t>(n / 16) * group_bytes;
  const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
  __m512i sums[G][C];
#pragma GCC unroll 2
  for (int g = 0; g < G; ++g) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) sums[g][c] = _mm512_setzero_si512();
  }
  for (size_t block = 0; block < args->row_bytes / 32; ++block, q += 128) {
    for (int u = 0; u < 8; ++u, unit += 64) {
      __m512i packed[G];
#pragma GCC unroll 2
      for (int g = 0; g < G; ++g) packed[g] = _mm512_loadu_si512(unit + static_cast<size_t>(g) * group_bytes);
#pragma GCC unroll 4
      for (int part = 0; part < 4; ++part) add_part(packed, q, args->q_stride, u, part, sums);
    }
  }
#pragma GCC unroll 2
  for (int g = 0; g < G; ++g) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      if (n + 16 * g < args->n_end) store(args, n + 16 * g, t + c, sums[g][c]);
    }
  }
}

/// One token is bound by memory and by what a unit costs: codes stay where they are in their bytes, so that
/// part p counts 4^(3-p) times, in a sum of its own. At most 192 * 127 * 131,072 / 4 in an int32.
void one_token(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  const uint8_t* unit = args->weights + static_cast<size_t>(n / 16) * 16 * args->row_bytes;
  const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
  __m512i sums[4];
#pragma GCC unroll 4
  for (int part = 0; part < 4; ++part) sums[part] = _mm512_setzero_si512();
  for (size_t block = 0; block < args->row_bytes / 32; ++block, q += 128) {
#pragma GCC unroll 8
    for (int u = 0; u < 8; ++u, unit += 64) {
      const __m512i packed = _mm512_loadu_si512(unit);
      _mm_prefetch(reinterpret_cast<const char*>(unit + kPrefetchBytes), _MM_HINT_T0);
#pragma GCC unroll 4
      for (int part = 0; part < 4; ++part) {
        const __m512i in_place = _mm512_set1_epi8(static_cast<char>(3 << (6 - 2 * part)));
        sums[part] =
            _mm512_dpbusd_epi32(sums[part], _mm512_and_si512(packed, in_place), four_in_16_lanes(q, u, part));
      }
    }
  }
  const __m512i high = _mm512_add_epi32(_mm512_srai_epi32(sums[0], 6), _mm512_srai_epi32(sums[1], 4));
  const __m512i low = _mm512_add_epi32(_mm512_srai_epi32(sums[2], 2), sums[3]);
  store(args, n, t, _mm512_add_epi32(high, low));
}

template <int C>
void tokens(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  n + 16 < args->n_end ? tile<2, C>(args, n, t) : tile<1, C>(args, n, t);
}

/// The `left` < C tokens that are over when C at a time are done.
template <int C>
void rest(const TernTernaryMatmul* args, int32_t n, int32_t t, int32_t left) {
  if constexpr (C > 2) {
    left == C - 1 ? tokens<C - 1>(args, n, t) : rest<C - 1>(args, n, t, left);
  } else if (left == 1) {
    one_token(args, n, t);
    if (n + 16 < args->n_end) one_token(args, n + 16, t);
  }
}

/// Rows [n_begin, n_end) for tokens [t_begin, t_end). Two groups of rows stay in the first-level cache while
/// up to kTokensPerPass tokens go by, eight at a time. n_end - n_begin is a multiple of 32, or n_end is
/// args->n_end.
void tiles(const TernTernaryMatmul* args, int32_t n_begin, int32_t n_end, int32_t t_begin, int32_t t_end) {
  for (; t_begin < t_end; t_begin += kTokensPerPass) {
    const int32_t last = t_begin + kTokensPerPass < t_end ? t_begin + kTokensPerPass : t_end;
    for (int32_t n = n_begin; n < n_end; n += 32) {
      int32_t t = t_begin;
      for (; t + 8 <= last; t += 8) tokens<8>(args, n, t);
      rest<8>(args, n, t, last - t);
    }
  }
}

}  // namespace
