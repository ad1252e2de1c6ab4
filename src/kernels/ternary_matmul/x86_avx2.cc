// Many tokens go by lookup tables (x86_lookup.h), 16 at a time; the rest by tiles.
//
// A tile has two registers of 8 rows: a 64-byte unit of weights gives, for each of its four parts, the codes
// of 4 columns of 16 rows, which vpmaddubsw multiplies by 4 activations that all rows share. No horizontal
// sums but the last.
#include "kernels/ternary_matmul/x86_lookup.h"
#include "kernels/ternary_matmul/x86_ymm.h"

namespace {

/// 16 rows by C tokens. Parts 0 and 2 stay where they are in a nibble and count four times, in sums of their
/// own: one shift a unit instead of three. An int16 of theirs takes 2 parts * 2 products * 8 * 127 = 4,064 a
/// unit, and a block has 8: 32,512 < 2^15.
template <int C>
void tile(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  const uint8_t* unit = args->weights + static_cast<size_t>(n / 16) * 16 * args->row_bytes;
  const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i low_two = _mm256_set1_epi8(0x03), high_two = _mm256_set1_epi8(0x0c);
  __m256i sums[C][2];
#pragma GCC unroll 2
  for (int c = 0; c < C; ++c) sums[c][0] = sums[c][1] = _mm256_setzero_si256();
  for (size_t block = 0; block < args->row_bytes / 32; ++block, q += 128) {
    __m256i once[C][2], four_times[C][2];
#pragma GCC unroll 2
    for (int c = 0; c < C; ++c) {
      once[c][0] = once[c][1] = four_times[c][0] = four_times[c][1] = _mm256_setzero_si256();
    }
    for (int u = 0; u < 8; ++u, unit += 64) {
      _mm_prefetch(reinterpret_cast<const char*>(unit + kPrefetchBytes), _MM_HINT_T0);
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        const __m256i low = load_half(unit, half), high = _mm256_srli_epi16(low, 4);
        const __m256i codes[4] = {_mm256_and_si256(high, high_two), _mm256_and_si256(high, low_two),
                                  _mm256_and_si256(low, high_two), _mm256_and_si256(low, low_two)};
#pragma GCC unroll 2
        for (int c = 0; c < C; ++c) {
#pragma GCC unroll 4
          for (int part = 0; part < 4; ++part) {
            const __m256i four = four_q(q + static_cast<size_t>(c) * args->q_stride, u, part);
            __m256i* const into = part % 2 == 0 ? &four_times[c][half] : &once[c][half];
            *into = _mm256_add_epi16(*into, _mm256_maddubs_epi16(codes[part], four));
            // Fixes the order of the additions: g++ would balance them into a tree, whose leaves do not fit
            // the registers.
            __asm__("" : "+x"(*into));
          }
        }
      }
    }
#pragma GCC unroll 2
    for (int c = 0; c < C; ++c) {
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        const __m256i quarter = _mm256_srai_epi32(_mm256_madd_epi16(four_times[c][half], ones), 2);  // exact
        const __m256i whole = _mm256_madd_epi16(once[c][half], ones);
        sums[c][half] = _mm256_add_epi32(sums[c][half], _mm256_add_epi32(quarter, whole));
      }
    }
  }
#pragma GCC unroll 2
  for (int c = 0; c < C; ++c) {
    store_half(args, n, t + c, sums[c][0]);
    store_half(args, n + 8, t + c, sums[c][1]);
  }
}

}  // namespace

void ternary_matmul_i8_t2x16_i32_16x2_avx2(const TernTernaryMatmul* args) {
  int32_t t_begin = 0;
  while (args->tokens - t_begin >= kLookupTokens) {
    const int32_t whole = (args->tokens - t_begin) / kLookupTokens;
    const int32_t blocks = whole < kLookupBlocks ? whole : static_cast<int32_t>(kLookupBlocks);
    for (int32_t n = args->n_begin; n < args->n_end; n += kLookupRows) {
      lookup_rows(args, n, rows_of_panel(args, n), t_begin, blocks, lookup_add, nullptr);
    }
    t_begin += kLookupTokens * blocks;
  }
  for (int32_t n = args->n_begin; n < args->n_end; n += 16) {
    int32_t t = t_begin;
    for (; t + 2 <= args->tokens; t += 2) tile<2>(args, n, t);
    if (t < args->tokens) tile<1>(args, n, t);
  }
}
