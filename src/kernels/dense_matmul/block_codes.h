#pragma once
// Sixteen weights of a block format for the float path, decoded without an instruction set in mind; formats
// that matter more have code of their own beside the kernel. For ISA files only: all of it is static
// (docs/numerics.md rule 11).
//
// V gives f16(at), a little-endian float16 as float32, and weights(codes, d, m): d * codes - m in its lanes,
// a product and a difference.
#include <stddef.h>
#include <stdint.h>

#include "kernels/dense_matmul/dense_matmul.h"
#include "quant/iq4_nl.h"

#ifndef TERN_INLINE
#define TERN_INLINE inline __attribute__((always_inline))
#endif

namespace {

/// 16 weights: d * code - m. Subtracting the m = +0 of formats without one keeps every bit.
struct Weights16 {
  int8_t codes[16];
  float d, m = 0.0f;
};

/// Codes of a block of 32: low 4 bits at qs, the fifth (where kBits is 5) at qh, less `zero`.
template <int kBits>
TERN_INLINE void plain_codes(const uint8_t* qs, const uint8_t* qh, int half, int zero, int8_t* codes) {
  for (int i = 0; i < 16; ++i) {
    int code = qs[i] >> (4 * half) & 15;
    if constexpr (kBits == 5) code |= (qh[2 * half + i / 8] >> (i % 8) & 1) << 4;
    codes[i] = static_cast<int8_t>(code - zero);
  }
}

/// The group's scale and minimum of Q4_K and Q5_K.
TERN_INLINE void k_scales(const uint8_t* packed, int part, int* scale, int* minimum) {
  const int first = packed[part % 4], second = packed[4 + part % 4], third = packed[8 + part % 4];
  *scale = part < 4 ? first & 63 : (third & 15) | first >> 6 << 4;
  *minimum = part < 4 ? second & 63 : third >> 4 | second >> 6 << 4;
}

/// Group `group` of 16 of a super-block.
template <typename V, int kFormat>
TERN_INLINE Weights16 k_group(const uint8_t* block, int group) {
  Weights16 out;
  const int part = group / 2, from = group % 2 * 16;  // of 32
  if constexpr (kFormat == TERN_DENSE_Q2_K) {
    const uint8_t* qs = block + 16 + 32 * (part / 4) + from;
    for (int i = 0; i < 16; ++i) out.codes[i] = static_cast<int8_t>(qs[i] >> (2 * (part % 4)) & 3);
    out.d = V::f16(block + 80) * static_cast<float>(block[group] & 15);
    out.m = V::f16(block + 82) * static_cast<float>(block[group] >> 4);
  } else if constexpr (kFormat == TERN_DENSE_Q3_K) {
    const uint8_t* qs = block + 32 + 32 * (part / 4) + from;
    for (int i = 0; i < 16; ++i) {
      const int low = qs[i] >> (2 * (part % 4)) & 3, high = block[from + i] >> part & 1;
      out.codes[i] = static_cast<int8_t>((low | high << 2) - 4);
    }
    const uint8_t* scales = block + 96;
    const int low = scales[group % 8] >> (4 * (group / 8)) & 15;
    const int high = scales[8 + group % 4] >> (2 * (group / 4)) & 3;
    out.d = V::f16(block + 108) * static_cast<float>((low | high << 4) - 32);
  } else {
    constexpr bool kHasFifth = kFormat == TERN_DENSE_Q5_K;
    const uint8_t* qs = block + (kHasFifth ? 48 : 16) + 32 * (part / 2) + from;
    for (int i = 0; i < 16; ++i) {
      int code = qs[i] >> (4 * (part % 2)) & 15;
      if constexpr (kHasFifth) code |= (block[16 + from + i] >> part & 1) << 4;
      out.codes[i] = static_cast<int8_t>(code);
    }
    int scale, minimum;
    k_scales(block + 4, part, &scale, &minimum);
    out.d = V::f16(block) * static_cast<float>(scale);
    out.m = V::f16(block + 2) * static_cast<float>(minimum);
  }
  return out;
}

/// The half `half` of a block of 32.
template <typename V, int kFormat>
TERN_INLINE Weights16 plain_half(const uint8_t* block, int half) {
  Weights16 out;
  out.d = V::f16(block);
  if constexpr (kFormat == TERN_DENSE_Q4_0) {
    plain_codes<4>(block + 2, nullptr, half, 8, out.codes);
  } else if constexpr (kFormat == TERN_DENSE_Q5_0) {
    plain_codes<5>(block + 6, block + 2, half, 16, out.codes);
  } else if constexpr (kFormat == TERN_DENSE_Q5_1) {
    plain_codes<5>(block + 8, block + 4, half, 0, out.codes);
    out.m = -V::f16(block + 2);
  } else {
    plain_codes<4>(block + 2, nullptr, half, 0, out.codes);
    for (int8_t& code : out.codes) code = kTernIq4Nl[code];
  }
  return out;
}

/// Of a block; 0 for a format that has code of its own.
constexpr int64_t block_bytes(int format) {
  return format == TERN_DENSE_Q4_0     ? 18
         : format == TERN_DENSE_IQ4_NL ? 18
         : format == TERN_DENSE_Q5_0   ? 22
         : format == TERN_DENSE_Q5_1   ? 24
         : format == TERN_DENSE_Q2_K   ? 84
         : format == TERN_DENSE_Q3_K   ? 110
         : format == TERN_DENSE_Q4_K   ? 144
         : format == TERN_DENSE_Q5_K   ? 176
                                       : 0;
}

/// Whether a block is one of 256 weights.
constexpr bool is_super_block(int format) {
  return format == TERN_DENSE_Q2_K || format == TERN_DENSE_Q3_K || format == TERN_DENSE_Q4_K ||
         format == TERN_DENSE_Q5_K;
}

/// A Format of float_tiles.h.
template <typename V, int kFormat>
struct PortableBlocks {
  static constexpr size_t kElementBytes = 0;
  static constexpr int64_t kBytes = block_bytes(kFormat);
  static_assert(kBytes > 0, "the format is missing in block_bytes()");
  static TERN_INLINE auto load(const uint8_t* row, int64_t k) {
    Weights16 w;
    if constexpr (is_super_block(kFormat)) {
      w = k_group<V, kFormat>(row + k / 256 * kBytes, static_cast<int>(k % 256 / 16));
    } else {
      w = plain_half<V, kFormat>(row + k / 32 * kBytes, static_cast<int>(k % 32 / 16));
    }
    return V::weights(w.codes, w.d, w.m);
  }
};

}  // namespace
