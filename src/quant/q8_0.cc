// Q8_0, 34 bytes, 32 weights:  | d f16 | q[32] int8 |    weight j = q[j] * d
#include <algorithm>
#include <cmath>

#include "quant/block_formats.h"
#include "tensor/float16.h"

namespace tern::internal {
namespace {

constexpr int kElements = 32;

/// Half away from zero for |v| < 2^22. What is added is the float below 0.5: 0.5 itself would lift the float
/// below a half over it.
int round_half_away(float v) {
  return static_cast<int>(v + std::copysign(0x1.fffffep-2f, v));
}

}  // namespace

void unpack_q8_0(const uint8_t* block, Unpacked& out) {
  out.d = load_u16(block);
  std::memcpy(out.codes, block + 2, kElements);
}

void decode_q8_0(const uint8_t* block, float* out) {
  const float d = f16_to_f32(load_u16(block));
  for (int j = 0; j < kElements; ++j) out[j] = static_cast<float>(static_cast<int8_t>(block[2 + j])) * d;
}

bool encode_q8_0(const float* values, uint8_t* block) {
  float absmax = 0;
  for (int j = 0; j < kElements; ++j) absmax = std::max(absmax, std::fabs(values[j]));
  const float d = absmax / 127.0f;
  const float reciprocal = 1.0f / d;
  const float inverse = std::isfinite(reciprocal) ? reciprocal : 0.0f;  // d is 0, or stored as 0
  store_u16(block, f32_to_f16(d));
  for (int j = 0; j < kElements; ++j) {
    block[2 + j] = static_cast<uint8_t>(round_half_away(values[j] * inverse));
  }
  return std::isfinite(f16_to_f32(load_u16(block)));
}

}  // namespace tern::internal
