// vpshufb looks up in 16 bytes, so six tables take turns.
#include <immintrin.h>

#include "kernels/ternary_unpack/common.h"

namespace {

constexpr int kTables = 6;  // 81 / 16, rounded up

inline __attribute__((always_inline)) __m256i four_codes(const __m256i* tables, __m256i four) {
  const __m256i low = _mm256_and_si256(four, _mm256_set1_epi8(15));
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(four, 4), _mm256_set1_epi8(15));
  __m256i codes = _mm256_shuffle_epi8(tables[0], low);
#pragma GCC unroll 5
  for (int h = 1; h < kTables; ++h) {
    const __m256i here = _mm256_cmpeq_epi8(high, _mm256_set1_epi8(static_cast<char>(h)));
    codes = _mm256_blendv_epi8(codes, _mm256_shuffle_epi8(tables[h], low), here);
  }
  return codes;
}

/// Bytes m .. m + 31 of every unit of a piece.
void half_of_units(const __m256i* tables, const uint8_t* packed, uint8_t* t2) {
  const __m256i fifth = _mm256_set1_epi8(81);
  __m256i times81[4];  // the fifth code: 0, 81 = 0b01010001 or 162 = 0b10100010
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256i value = _mm256_load_si256(reinterpret_cast<const __m256i*>(packed + 64 * i));
    // Less 81 as long as that does not wrap around.
    __m256i four = _mm256_min_epu8(value, _mm256_sub_epi8(value, fifth));
    four = _mm256_min_epu8(four, _mm256_sub_epi8(four, fifth));
    times81[i] = _mm256_sub_epi8(value, four);
    _mm256_store_si256(reinterpret_cast<__m256i*>(t2 + 64 * i), four_codes(tables, four));
  }
  const auto bits = [](__m256i v, int mask) {
    return _mm256_and_si256(v, _mm256_set1_epi8(static_cast<char>(mask)));
  };
  const __m256i high = _mm256_or_si256(bits(times81[0], 0xc0), bits(times81[1], 0x30));
  const __m256i low = _mm256_or_si256(bits(_mm256_srli_epi32(times81[2], 4), 0x0c), bits(times81[3], 0x03));
  _mm256_store_si256(reinterpret_cast<__m256i*>(t2 + 256), _mm256_or_si256(high, low));
}

}  // namespace

void ternary_unpack_t5_t2_avx2(const TernTernaryUnpack* args) {
  __m256i tables[kTables];
#pragma GCC unroll 6
  for (int h = 0; h < kTables; ++h) {
    tables[h] =
        _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(kFourCodes + 16 * h)));
  }
  const uint8_t* packed = args->packed;
  uint8_t* t2 = args->t2;
  for (size_t p = 0; p < args->pieces; ++p, packed += TERN_T5_PIECE, t2 += TERN_T5_FROM) {
    for (int line = 0; line < 4; ++line)
      _mm_prefetch(reinterpret_cast<const char*>(packed + 64 * line + kAheadBytes), _MM_HINT_T0);
    half_of_units(tables, packed, t2);
    half_of_units(tables, packed + 32, t2 + 32);
  }
}
