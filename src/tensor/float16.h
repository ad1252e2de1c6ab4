#pragma once
// float16 and bfloat16 as bit patterns, converted exactly as IEEE 754 says (round half to even).
#include <bit>
#include <cstdint>

namespace tern {

inline float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// Round half to even; NaN stays a (quiet) NaN.
inline uint16_t f32_to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float f16_to_f32(uint16_t bits);
/// Round half to even; overflow gives infinity, NaN stays a (quiet) NaN.
uint16_t f32_to_f16(float value);

}  // namespace tern
