// vpermi2b looks 64 bytes up in a table of 128.
#include <immintrin.h>

#include "kernels/ternary_unpack/common.h"

void ternary_unpack_t5_t2_avx512vbmi(const TernTernaryUnpack* args) {
  constexpr int kOrAAndBC = 0xf8;
  const __m512i table_low = _mm512_load_si512(kFourCodes), table_high = _mm512_load_si512(kFourCodes + 64);
  const __m512i fifth = _mm512_set1_epi8(81);
  const uint8_t* packed = args->packed;
  uint8_t* t2 = args->t2;
  for (size_t p = 0; p < args->pieces; ++p, packed += TERN_T5_PIECE, t2 += TERN_T5_FROM) {
    __m512i times81[4];  // the fifth code: 0, 81 = 0b01010001 or 162 = 0b10100010
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const __m512i value = _mm512_load_si512(packed + 64 * i);
      _mm_prefetch(reinterpret_cast<const char*>(packed + 64 * i + kAheadBytes), _MM_HINT_T0);
      // Less 81 as long as that does not wrap around.
      __m512i four = _mm512_min_epu8(value, _mm512_sub_epi8(value, fifth));
      four = _mm512_min_epu8(four, _mm512_sub_epi8(four, fifth));
      times81[i] = _mm512_sub_epi8(value, four);
      _mm512_store_si512(t2 + 64 * i, _mm512_permutex2var_epi8(table_low, four, table_high));
    }
    __m512i codes = _mm512_and_si512(times81[0], _mm512_set1_epi8(static_cast<char>(0xc0)));
    codes = _mm512_ternarylogic_epi32(codes, times81[1], _mm512_set1_epi8(0x30), kOrAAndBC);
    codes =
        _mm512_ternarylogic_epi32(codes, _mm512_srli_epi32(times81[2], 4), _mm512_set1_epi8(0x0c), kOrAAndBC);
    codes = _mm512_ternarylogic_epi32(codes, times81[3], _mm512_set1_epi8(0x03), kOrAAndBC);
    _mm512_store_si512(t2 + 256, codes);
  }
}
