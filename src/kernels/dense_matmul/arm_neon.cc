// Float activations: four rows at once, 16 accumulator registers.
#include <arm_neon.h>

#include "kernels/arm_lanes.h"
#include "kernels/dense_matmul/arm_blocks.h"
#include "kernels/dense_matmul/arm_x16.h"

// kWholeBlocks: instead of the bytes of an element, for formats whose K leaves no rest of 16.
enum { kRows = 4, kWholeBlocks = 0 };

/// 16 weights from element k of a row, k a multiple of 16.
typedef Lanes (*Load16)(const uint8_t* row, int64_t k);

static inline Lanes load_f32(const uint8_t* row, int64_t k) {
  return lanes_from_f32_bytes(row + 4 * k);
}
static inline Lanes load_f16(const uint8_t* row, int64_t k) {
  return lanes_from_f16_bytes(row + 2 * k);
}
static inline Lanes load_bf16(const uint8_t* row, int64_t k) {
  return lanes_from_bf16_bytes(row + 2 * k);
}

static inline Lanes load_q8_0(const uint8_t* row, int64_t k) {
  const uint8_t* block = row + k / kQ8Elements * kQ8Bytes;
  return lanes_scaled(lanes_from_i8(q8_0_codes(block, k / 16 % 2)), f32_from_f16_bytes(block));
}

static inline Lanes load_q4_1(const uint8_t* row, int64_t k) {
  const uint8_t* block = row + k / kQ4Elements * kQ4Bytes;
  Lanes lanes = lanes_scaled(lanes_from_i8(q4_1_codes(block, k / 16 % 2)), f32_from_f16_bytes(block));
  const float32x4_t minimum = vdupq_n_f32(f32_from_f16_bytes(block + kQ4MinimumAt));
  for (int i = 0; i < 4; ++i) lanes.v[i] = vaddq_f32(lanes.v[i], minimum);
  return lanes;
}

static inline Lanes load_q6_k(const uint8_t* row, int64_t k) {
  const uint8_t* block = row + k / kQ6Elements * kQ6Bytes;
  const int64_t group = k % kQ6Elements / 16;
  const float step = f32_from_f16_bytes(block + kQ6StepAt) * (float)q6_k_scale(block, group);
  return lanes_scaled(lanes_from_i8(q6_k_codes(block, group)), step);
}

/// Adds the last count < 16 products, of weights that take `element_bytes` each.
static inline __attribute__((always_inline)) Lanes add_rest(Lanes acc, const uint8_t* row, int64_t k,
                                                            const float* x, int64_t count,
                                                            size_t element_bytes, Load16 load16) {
  uint8_t weights[kLanes * sizeof(float)] = {0};  // reading 16 of them in place would pass the row's end
  const size_t bytes = (size_t)count * element_bytes;
  for (size_t i = 0; i < bytes; ++i) weights[i] = row[(size_t)k * element_bytes + i];
  return lanes_fma(acc, load16(weights, 0), lanes_load_first(x + k, count));
}

static inline __attribute__((always_inline)) void matmul(const TernDenseMatmul* args, size_t element_bytes,
                                                         Load16 load16) {
  const int64_t rest = args->k % kLanes, whole = args->k - rest;
  for (int32_t n = args->n_begin; n < args->n_end; n += kRows) {
    const int32_t count = args->n_end - n < kRows ? args->n_end - n : kRows;
    const uint8_t* rows[kRows];  // a short last group reads its last row again and writes only what exists
    for (int32_t r = 0; r < kRows; ++r) {
      rows[r] = args->weights + (size_t)(n + (r < count ? r : count - 1)) * args->row_bytes;
    }
    for (int32_t t = 0; t < args->tokens; ++t) {
      const float* x = args->x + (size_t)t * args->x_stride;
      Lanes acc[kRows];
      for (int r = 0; r < kRows; ++r) acc[r] = lanes_zero();
      for (int64_t k = 0; k < whole; k += kLanes) {
        const Lanes values = lanes_load(x + k);
        for (int r = 0; r < kRows; ++r) acc[r] = lanes_fma(acc[r], load16(rows[r], k), values);
      }
      float* y = args->y + (size_t)t * args->y_stride + n;
      for (int32_t r = 0; r < count; ++r) {
        if (element_bytes != kWholeBlocks && rest != 0)
          acc[r] = add_rest(acc[r], rows[r], whole, x, rest, element_bytes, load16);
        y[r] = lanes_sum(acc[r]);
      }
    }
  }
}

extern "C" void dense_matmul_f32_any_f32_4x1_neon(const TernDenseMatmul* args) {
  switch (args->format) {  // a constant function each: one inlined loop a format
    case TERN_DENSE_F32:
      matmul(args, 4, load_f32);
      break;
    case TERN_DENSE_F16:
      matmul(args, 2, load_f16);
      break;
    case TERN_DENSE_BF16:
      matmul(args, 2, load_bf16);
      break;
    case TERN_DENSE_Q8_0:
      matmul(args, kWholeBlocks, load_q8_0);
      break;
    case TERN_DENSE_Q4_1:
      matmul(args, kWholeBlocks, load_q4_1);
      break;
    case TERN_DENSE_Q6_K:
      matmul(args, kWholeBlocks, load_q6_k);
      break;
  }
}

namespace {

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
  static TERN_INLINE int32x4_t dot32_q6(const int32x4_t* codes, const int32x4_t* scales, const int8_t* q,
                                        const int32_t*) {
    const int32x4_t low = vmulq_s32(sum_of<4>(codes, q), scales[0]);  // 4 * 32 * 127 = 16,256
    return vmlaq_s32(low, sum_of<4>(codes + 4, q + 16), scales[1]);
  }
};

}  // namespace

void dense_matmul_q8_x16_f32_16x4_neon(const TernDenseMatmulQ* args) {
  matmul_x16<Neon>(args);
}
