#pragma once
// What kernels of every x86 level share: AVX2 with F16C is the least. For x86_*.cc files only: everything is
// static (docs/numerics.md rule 11).
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace {

inline __attribute__((always_inline)) __m128i load_16_bytes(const uint8_t* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

inline __attribute__((always_inline)) float f16_at(const uint8_t* at) {
  return _cvtsh_ss(static_cast<uint16_t>(at[0] | at[1] << 8));
}

/// Sum of eight int32.
inline __attribute__((always_inline)) int32_t sum_of(__m256i v) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
  return _mm_cvtsi128_si32(sum);
}

}  // namespace
