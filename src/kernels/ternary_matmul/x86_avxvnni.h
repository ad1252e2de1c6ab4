// Two registers of 8 rows, vpdpbusd with its sums in 32 bits. One body for both encodings of the instruction:
// AVX-VNNI (VEX) and, where a machine has only that, AVX-512 VNNI with VL (EVEX), with which the tests run
// it. TERN_DPBUSD(sums, codes, q) is defined by the includer.
#pragma once
#include "kernels/ternary_matmul/x86_ymm.h"

namespace {

/// 16 rows by C tokens.
template <int C>
void tile(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  const uint8_t* unit = args->weights + static_cast<size_t>(n / 16) * 16 * args->row_bytes;
  const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
  const __m256i two_bits = _mm256_set1_epi8(3);
  __m256i sums[C][2];
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) sums[c][0] = sums[c][1] = _mm256_setzero_si256();
  for (size_t block = 0; block < args->row_bytes / 32; ++block, q += 128) {
    for (int u = 0; u < 8; ++u, unit += 64) {
      _mm_prefetch(reinterpret_cast<const char*>(unit + kPrefetchBytes), _MM_HINT_T0);
      const __m256i packed[2] = {load_half(unit, 0), load_half(unit, 1)};
#pragma GCC unroll 4
      for (int part = 0; part < 4; ++part) {
        __m256i codes[2];
#pragma GCC unroll 2
        for (int half = 0; half < 2; ++half) {
          const __m256i shifted = part == 3 ? packed[half] : _mm256_srli_epi16(packed[half], 6 - 2 * part);
          codes[half] = _mm256_and_si256(shifted, two_bits);
        }
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) {
          const __m256i four = four_q(q + static_cast<size_t>(c) * args->q_stride, u, part);
          sums[c][0] = TERN_DPBUSD(sums[c][0], codes[0], four);
          sums[c][1] = TERN_DPBUSD(sums[c][1], codes[1], four);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) {
    store_half(args, n, t + c, sums[c][0]);
    store_half(args, n + 8, t + c, sums[c][1]);
  }
}

void matmul(const TernTernaryMatmul* args) {
  for (int32_t t_begin = 0; t_begin < args->tokens; t_begin += kTokensPerPass) {
    const int32_t left = args->tokens - t_begin;
    const int32_t t_end = t_begin + (left < kTokensPerPass ? left : int32_t{kTokensPerPass});
    for (int32_t n = args->n_begin; n < args->n_end; n += 16) {
      int32_t t = t_begin;
      for (; t + 4 <= t_end; t += 4) tile<4>(args, n, t);
      for (; t + 2 <= t_end; t += 2) tile<2>(args, n, t);
      if (t < t_end) tile<1>(args, n, t);
    }
  }
}

}  // namespace
