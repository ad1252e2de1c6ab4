// Float activations: four rows at once, 16 accumulator registers.
#include <arm_neon.h>

#include "kernels/arm_lanes.h"
#include "kernels/dense_matmul/arm_blocks.h"
#include "kernels/dense_matmul/dense_matmul.h"

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

/// Exact sum of w * q over 16 elements; an int16 lane holds two products of at most 128 * 127.
static inline int32_t dot16(int8x16_t w, const int8_t* q) {
  const int8x16_t values = vld1q_s8(q);
  const int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(values));
  return vaddlvq_s16(vmlal_high_s8(low, w, values));
}

static inline float row_q8_0(const uint8_t* row, int64_t k, const int8_t* q, const float* d_a) {
  float acc = 0.0f;
  for (int64_t b = 0; b < k / kActBlock; ++b) {
    const uint8_t* block = row + b * kQ8Bytes;
    const int8_t* values = q + b * kActBlock;
    const int32_t sum = dot16(q8_0_codes(block, 0), values) + dot16(q8_0_codes(block, 1), values + 16);
    acc = __builtin_fmaf(f32_from_f16_bytes(block) * d_a[b], (float)sum, acc);
  }
  return acc;
}

static inline float row_q4_1(const uint8_t* row, int64_t k, const int8_t* q, const float* d_a,
                             const int32_t* q_sum) {
  float acc = 0.0f;
  for (int64_t b = 0; b < k / kActBlock; ++b) {
    const uint8_t* block = row + b * kQ4Bytes;
    const int8_t* values = q + b * kActBlock;
    const int32_t sum = dot16(q4_1_codes(block, 0), values) + dot16(q4_1_codes(block, 1), values + 16);
    acc = __builtin_fmaf(f32_from_f16_bytes(block) * d_a[b], (float)sum, acc);
    acc = __builtin_fmaf(f32_from_f16_bytes(block + kQ4MinimumAt), d_a[b] * (float)q_sum[b], acc);
  }
  return acc;
}

static inline float row_q6_k(const uint8_t* row, int64_t k, const int8_t* q, const float* d_a) {
  float acc = 0.0f;
  for (int64_t b = 0; b < k / kActBlock; ++b) {
    const uint8_t* block = row + b * kActBlock / kQ6Elements * kQ6Bytes;
    const int8_t* values = q + b * kActBlock;
    const int64_t group = b * kActBlock % kQ6Elements / 16;
    const int32_t sum = q6_k_scale(block, group) * dot16(q6_k_codes(block, group), values) +
                        q6_k_scale(block, group + 1) * dot16(q6_k_codes(block, group + 1), values + 16);
    acc = __builtin_fmaf(f32_from_f16_bytes(block + kQ6StepAt) * d_a[b], (float)sum, acc);
  }
  return acc;
}

extern "C" void dense_matmul_q8_any_f32_1x1_neon(const TernDenseMatmulQ* args) {
  for (int32_t n = args->n_begin; n < args->n_end; ++n) {
    const uint8_t* row = args->weights + (size_t)n * args->row_bytes;
    for (int32_t t = 0; t < args->tokens; ++t) {
      const int8_t* q = args->q + (size_t)t * args->q_stride;
      const float* d_a = args->d_a + (size_t)t * args->block_stride;
      float* y = args->y + (size_t)t * args->y_stride + n;
      switch (args->format) {
        case TERN_DENSE_Q8_0:
          *y = row_q8_0(row, args->k, q, d_a);
          break;
        case TERN_DENSE_Q4_1:
          *y = row_q4_1(row, args->k, q, d_a, args->q_sum + (size_t)t * args->block_stride);
          break;
        case TERN_DENSE_Q6_K:
          *y = row_q6_k(row, args->k, q, d_a);
          break;
      }
    }
  }
}
