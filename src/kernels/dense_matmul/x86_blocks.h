#pragma once
// The block formats of the float path, 16 weights at a time as int8 and their step. For x86_*.cc files only:
// everything is static (docs/numerics.md rule 11).
#include "kernels/x86.h"

namespace {

/// 16 weights: w = d * code (+ m in Q4_1).
struct Codes16 {
  __m128i codes;
  float d;
};

inline __attribute__((always_inline)) Codes16 q8_0_at(const uint8_t* row, int64_t k) {
  const uint8_t* block = row + k / 32 * 34;
  return {load_16_bytes(block + 2 + k % 32), f16_at(block)};
}

/// `m` gets the block's minimum.
inline __attribute__((always_inline)) Codes16 q4_1_at(const uint8_t* row, int64_t k, float* m) {
  const uint8_t* block = row + k / 32 * 20;
  const __m128i shifted = _mm_srl_epi16(load_16_bytes(block + 4), _mm_cvtsi32_si128(k % 32 == 0 ? 0 : 4));
  *m = f16_at(block + 2);
  return {_mm_and_si128(shifted, _mm_set1_epi8(15)), f16_at(block)};
}

inline __attribute__((always_inline)) Codes16 q6_k_at(const uint8_t* row, int64_t k) {
  const uint8_t* super = row + k / 256 * 210;
  const int64_t half = k % 256 / 128, part = k % 128 / 32, at = k % 32;
  const __m128i low4 = _mm_srl_epi16(load_16_bytes(super + 64 * half + 32 * (part & 1) + at),
                                     _mm_cvtsi32_si128(part < 2 ? 0 : 4));
  const __m128i high2 = _mm_srl_epi16(load_16_bytes(super + 128 + 32 * half + at),
                                      _mm_cvtsi32_si128(static_cast<int32_t>(2 * part)));
  const __m128i codes = _mm_or_si128(_mm_and_si128(low4, _mm_set1_epi8(15)),
                                     _mm_slli_epi16(_mm_and_si128(high2, _mm_set1_epi8(3)), 4));
  const auto scale = static_cast<int8_t>(super[192 + k % 256 / 16]);
  return {_mm_sub_epi8(codes, _mm_set1_epi8(32)), f16_at(super + 208) * static_cast<float>(scale)};
}

}  // namespace
