// Four 32-bit lanes a register: a quarter of the 16 lanes of a float row, or four x16 rows.
#include <arm_neon.h>

#include "kernels/arm_lanes.h"
#include "kernels/dense_matmul/arm_blocks.h"
#include "kernels/dense_matmul/arm_x16.h"
#include "kernels/dense_matmul/block_codes.h"
#include "kernels/dense_matmul/float_tiles.h"

namespace {

struct FloatLanes {
  static constexpr int kTileRows = 2, kTileTokens = 2;
  typedef ::Lanes Lanes;
  static TERN_INLINE Lanes zero() { return lanes_zero(); }
  static TERN_INLINE Lanes load_f32(const float* at) { return lanes_load(at); }
  static TERN_INLINE Lanes fma(Lanes a, Lanes b, Lanes acc) { return lanes_fma(acc, a, b); }
  static TERN_INLINE float sum(Lanes lanes) { return lanes_sum(lanes); }
  static TERN_INLINE float f16(const uint8_t* at) { return f32_from_f16_bytes(at); }
  static TERN_INLINE Lanes weights(const int8_t* codes, float d, float m) {
    Lanes lanes = lanes_scaled(lanes_from_i8(vld1q_s8(codes)), d);
    for (int i = 0; i < 4; ++i) lanes.v[i] = vsubq_f32(lanes.v[i], vdupq_n_f32(m));
    return lanes;
  }
};

struct Formats {
  struct F32 {
    static constexpr size_t kElementBytes = 4;
    static TERN_INLINE Lanes load(const uint8_t* row, int64_t k) { return lanes_from_f32_bytes(row + 4 * k); }
  };
  struct F16 {
    static constexpr size_t kElementBytes = 2;
    static TERN_INLINE Lanes load(const uint8_t* row, int64_t k) { return lanes_from_f16_bytes(row + 2 * k); }
  };
  struct Bf16 {
    static constexpr size_t kElementBytes = 2;
    static TERN_INLINE Lanes load(const uint8_t* row, int64_t k) {
      return lanes_from_bf16_bytes(row + 2 * k);
    }
  };
};

/// Formats of float_tiles.h.
template <int kFormat>
struct Blocks : PortableBlocks<FloatLanes, kFormat> {};
template <>
struct Blocks<TERN_DENSE_Q8_0> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE Lanes load(const uint8_t* row, int64_t k) {
    const uint8_t* block = row + k / kQ8Elements * kQ8Bytes;
    return lanes_scaled(lanes_from_i8(q8_0_codes(block, k / 16 % 2)), f32_from_f16_bytes(block));
  }
};
template <>
struct Blocks<TERN_DENSE_Q4_1> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE Lanes load(const uint8_t* row, int64_t k) {
    const uint8_t* block = row + k / kQ4Elements * kQ4Bytes;
    Lanes lanes = lanes_scaled(lanes_from_i8(q4_1_codes(block, k / 16 % 2)), f32_from_f16_bytes(block));
    const float32x4_t minimum = vdupq_n_f32(f32_from_f16_bytes(block + kQ4MinimumAt));
    for (int i = 0; i < 4; ++i) lanes.v[i] = vaddq_f32(lanes.v[i], minimum);
    return lanes;
  }
};
template <>
struct Blocks<TERN_DENSE_Q6_K> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE Lanes load(const uint8_t* row, int64_t k) {
    const uint8_t* block = row + k / kQ6Elements * kQ6Bytes;
    const int64_t group = k % kQ6Elements / 16;
    const float step = f32_from_f16_bytes(block + kQ6StepAt) * (float)q6_k_scale(block, group);
    return lanes_scaled(lanes_from_i8(q6_k_codes(block, group)), step);
  }
};

/// int8 activations: a product of bytes fills an int16, and two rows' pairs share a register.
struct Neon : NeonRows {
  struct Pairs {
    int16x8_t rows01, rows23;  ///< four lanes a row
  };
  static TERN_INLINE int8x16_t four(const int8_t* q) {
    int32_t bits;
    __builtin_memcpy(&bits, q, sizeof bits);
    return vreinterpretq_s8_s32(vdupq_n_s32(bits));
  }
  /// 4 * C codes of each row, whose products an int16 lane can hold C of.
  template <int C>
  static TERN_INLINE int32x4_t sum_of(const int32x4_t* codes, const int8_t* q) {
    Pairs sums = {vdupq_n_s16(0), vdupq_n_s16(0)};
    for (int c = 0; c < C; ++c) {
      const int8x16_t code = vreinterpretq_s8_s32(codes[c]), values = four(q + 4 * c);
      sums.rows01 = vmlal_s8(sums.rows01, vget_low_s8(code), vget_low_s8(values));
      sums.rows23 = vmlal_high_s8(sums.rows23, code, values);
    }
    return vpaddq_s32(vpaddlq_s16(sums.rows01), vpaddlq_s16(sums.rows23));
  }
  static TERN_INLINE int32x4_t dot32_q4(const int32x4_t* codes, const int8_t* q) {
    return sum_of<8>(codes, q);  // 8 * 15 * 127 = 15,240
  }
  static TERN_INLINE int32x4_t dot32_q8(const int32x4_t* codes, const int8_t* q, int32_t) {
    int32x4_t sum = sum_of<2>(codes, q);  // 2 * 128 * 127 = 32,512
    for (int c = 2; c < 8; c += 2) sum = vaddq_s32(sum, sum_of<2>(codes + c, q + 4 * c));
    return sum;
  }
  static TERN_INLINE int32x4_t dot32_q5(const int32x4_t* codes, const int8_t* q) {
    return sum_of<8>(codes, q);  // 8 * 31 * 127 = 31,496
  }
  static TERN_INLINE int32x4_t dot32_scaled(const int32x4_t* codes, int32x4_t scale0, int32x4_t scale1,
                                            const int8_t* q) {
    const int32x4_t low = vmulq_s32(sum_of<4>(codes, q), scale0);
    return vmlaq_s32(low, sum_of<4>(codes + 4, q + 16), scale1);
  }
  static TERN_INLINE int32x4_t dot32_q6(const int32x4_t* codes, const int32x4_t* scales, const int8_t* q,
                                        const int32_t*) {
    const int32x4_t low = vmulq_s32(sum_of<4>(codes, q), scales[0]);  // 4 * 32 * 127 = 16,256
    return vmlaq_s32(low, sum_of<4>(codes + 4, q + 16), scales[1]);
  }
};

}  // namespace

void dense_matmul_f32_any_f32_2x2_neon(const TernDenseMatmul* args) {
  matmul_floats<FloatLanes, Formats, Blocks>(args);
}

void dense_matmul_q8_x16_f32_16x4_neon(const TernDenseMatmulQ* args) {
  matmul_x16<Neon>(args);
}
