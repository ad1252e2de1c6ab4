// Q6_K, 210 bytes:  | ql[128] | qh[64] | sc[16] int8 | d f16 |       weight = d * sc * (q - 32), q = 6 bits
//
//   Two halves h of 128 weights; in a half, with l = 0..31:
//     weight    l: low 4 bits in ql[64h + l]      bits 3-0, high 2 bits in qh[32h + l] bits 1-0
//     weight 32+l:               ql[64h + 32 + l] bits 3-0,                            bits 3-2
//     weight 64+l:               ql[64h + l]      bits 7-4,                            bits 5-4
//     weight 96+l:               ql[64h + 32 + l] bits 7-4,                            bits 7-6
//   sc[i] scales weights 16i .. 16i+15.
#include <algorithm>
#include <bit>
#include <cmath>

#include "quant/block_formats.h"
#include "tensor/float16.h"

namespace tern::internal {
namespace {

constexpr int kGroups = 16, kGroupElements = 16, kElements = kGroups * kGroupElements;
constexpr int kQhAt = 128, kScAt = 192, kDAt = 208;
constexpr uint16_t kF16Infinity = 0x7c00, kF16Magnitude = 0x7fff;

/// v rounded half to even, then clamped to q's range, for |v| < 2^22: adding 1.5 * 2^23 leaves the integer in
/// the low bits. Integer clamping lets the loops vectorise where clamping floats (NaN, -0) does not.
int round_to_q(float v) {
  const int q = std::bit_cast<int32_t>(v + 0x1.8p23f) - std::bit_cast<int32_t>(0x1.8p23f);
  return std::min(std::max(q, -32), 31);
}

/// The (signed) float scale s of 16 values that makes sum (x - s*q)^2 least over a few roundings q of x. The
/// value of greatest magnitude is sent near -32, which no rounding wastes; for given q the best s is
/// sum(xq)/sum(qq).
float search_scale(const float* x) {
  constexpr int kCandidates = 16;
  float extreme = 0;
  for (int i = 0; i < kGroupElements; ++i) {
    if (std::fabs(x[i]) > std::fabs(extreme)) extreme = x[i];
  }
  if (std::fabs(extreme) < 0x1p-100f) return 0;  // far below the smallest f16; keeps 1/extreme normal
  const float inverse = 1.0f / extreme;
  float xq[kCandidates] = {},
        qq[kCandidates] = {};  // in units of extreme; candidates fill the vector's lanes
  for (int i = 0; i < kGroupElements; ++i) {
    const float y = x[i] * inverse;
    for (int c = 0; c < kCandidates; ++c) {
      const auto q = static_cast<float>(round_to_q(y * -(30.75f + 0.13f * static_cast<float>(c))));
      xq[c] += y * q;
      qq[c] += q * q;
    }
  }
  float best_scale = 0, best_gain = 0;
  for (int c = 0; c < kCandidates; ++c) {
    const float gain = xq[c] * xq[c] / qq[c];  // by which s*q lowers the squared error, in units of extreme^2
    if (gain > best_gain) {
      best_gain = gain;
      best_scale = xq[c] / qq[c] * extreme;
    }
  }
  return best_scale;
}

/// f16 bits of d = extreme / -128, its magnitude rounded up so that no group needs more than |sc| = 128.
uint16_t block_scale(float extreme) {
  const float exact = extreme / -128.0f;
  uint16_t bits = f32_to_f16(exact);
  if (std::fabs(f16_to_f32(bits)) < std::fabs(exact)) ++bits;
  return bits;
}

}  // namespace

void unpack_q6_k(const uint8_t* block, Unpacked& out) {
  for (int half = 0; half < 2; ++half) {
    const uint8_t* ql = block + 64 * half;
    const uint8_t* qh = block + kQhAt + 32 * half;
    for (int part = 0; part < 4; ++part) {
      for (int l = 0; l < 32; ++l) {
        const int low = ql[32 * (part & 1) + l] >> (part < 2 ? 0 : 4) & 15, high = qh[l] >> (2 * part) & 3;
        out.codes[128 * half + 32 * part + l] = static_cast<uint8_t>(low | high << 4);
      }
    }
  }
  for (int g = 0; g < kGroups; ++g) out.scales[g] = static_cast<int8_t>(block[kScAt + g]);
  out.d = load_u16(block + kDAt);
}

void decode_q6_k(const uint8_t* block, float* out) {
  Unpacked unpacked;
  unpack_q6_k(block, unpacked);
  decode_unpacked(unpacked, kElements, 32, out);
}

bool encode_q6_k(const float* values, uint8_t* block) {
  float scales[kGroups];
  float extreme = 0;
  for (int g = 0; g < kGroups; ++g) {
    scales[g] = search_scale(values + g * kGroupElements);
    if (std::fabs(scales[g]) > std::fabs(extreme)) extreme = scales[g];
  }
  const uint16_t d_bits = block_scale(extreme);
  if ((d_bits & kF16Magnitude) >= kF16Infinity) return false;
  store_u16(block + kDAt, d_bits);
  const float d = f16_to_f32(d_bits);
  uint8_t codes[kElements];
  for (int g = 0; g < kGroups; ++g) {
    const float sc = d == 0 ? 0.0f : std::clamp(std::nearbyint(scales[g] / d), -128.0f, 127.0f);
    block[kScAt + g] = static_cast<uint8_t>(static_cast<int8_t>(sc));
    const float inverse = sc == 0 ? 0.0f : 1.0f / (d * sc);
    for (int i = g * kGroupElements; i < (g + 1) * kGroupElements; ++i) {
      // |values * inverse| stays below 64: rounding to sc >= 1 never takes more than a third of the exact
      // scale.
      codes[i] = static_cast<uint8_t>(round_to_q(values[i] * inverse) + 32);
    }
  }
  for (int h = 0; h < 2; ++h) {
    for (int l = 0; l < 32; ++l) {
      const uint8_t* c = codes + 128 * h + l;
      block[64 * h + l] = static_cast<uint8_t>((c[0] & 15) | (c[64] & 15) << 4);
      block[64 * h + 32 + l] = static_cast<uint8_t>((c[32] & 15) | (c[96] & 15) << 4);
      block[kQhAt + 32 * h + l] =
          static_cast<uint8_t>(c[0] >> 4 | c[32] >> 4 << 2 | c[64] >> 4 << 4 | c[96] >> 4 << 6);
    }
  }
  return true;
}

}  // namespace tern::internal
