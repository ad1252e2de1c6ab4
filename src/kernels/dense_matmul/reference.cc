// The definition: every other dense_matmul kernel gives the bits of these two.
#include <cmath>
#include <vector>

#include "base/check.h"
#include "kernels/dense_matmul/dense_matmul.h"
#include "kernels/lanes.h"
#include "quant/blocks.h"
#include "tensor/float16.h"

namespace {

tern::DType dtype_of(int32_t format) {
  switch (format) {
    case TERN_DENSE_F32:
      return tern::DType::kF32;
    case TERN_DENSE_F16:
      return tern::DType::kF16;
    case TERN_DENSE_BF16:
      return tern::DType::kBF16;
    case TERN_DENSE_Q8_0:
      return tern::DType::kQ8_0;
    case TERN_DENSE_Q4_1:
      return tern::DType::kQ4_1;
    default:
      TERN_CHECK(format == TERN_DENSE_Q6_K);
      return tern::DType::kQ6_K;
  }
}

float load_f16(const uint8_t* at) {
  return tern::f16_to_f32(static_cast<uint16_t>(at[0] | at[1] << 8));
}

/// 32 weights as integers: weight = d * w (+ m). quant/blocks.cc and quant/q6_k.cc draw the layouts.
struct IntegerBlock {
  int32_t w[32];
  float d, m;
};

IntegerBlock decode_q8_0(const uint8_t* row, int64_t b) {
  const uint8_t* block = row + b * 34;
  IntegerBlock out{};
  out.d = load_f16(block);
  for (int j = 0; j < 32; ++j) out.w[j] = static_cast<int8_t>(block[2 + j]);
  return out;
}

IntegerBlock decode_q4_1(const uint8_t* row, int64_t b) {
  const uint8_t* block = row + b * 20;
  IntegerBlock out{};
  out.d = load_f16(block);
  out.m = load_f16(block + 2);
  for (int j = 0; j < 32; ++j) out.w[j] = j < 16 ? block[4 + j] & 15 : block[4 + j - 16] >> 4;
  return out;
}

IntegerBlock decode_q6_k(const uint8_t* row, int64_t b) {
  const uint8_t* super = row + b / 8 * 210;
  const int half = static_cast<int>(b % 8) / 4, part = static_cast<int>(b % 4);
  const uint8_t* ql = super + 64 * half + 32 * (part & 1);
  const uint8_t* qh = super + 128 + 32 * half;
  const uint8_t* scales = super + 192 + 8 * half + 2 * part;
  IntegerBlock out{};
  out.d = load_f16(super + 208);
  for (int j = 0; j < 32; ++j) {
    const int low = (ql[j] >> (part < 2 ? 0 : 4)) & 15;
    const int high = (qh[j] >> (2 * part)) & 3;
    out.w[j] = ((low | high << 4) - 32) * static_cast<int8_t>(scales[j / 16]);
  }
  return out;
}

IntegerBlock decode_block(int32_t format, const uint8_t* row, int64_t b) {
  switch (format) {
    case TERN_DENSE_Q8_0:
      return decode_q8_0(row, b);
    case TERN_DENSE_Q4_1:
      return decode_q4_1(row, b);
    default:
      TERN_CHECK(format == TERN_DENSE_Q6_K);
      return decode_q6_k(row, b);
  }
}

}  // namespace

void dense_matmul_f32_any_f32_1x1_scalar(const TernDenseMatmul* args) {
  std::vector<float> w(static_cast<size_t>(args->k));
  for (int32_t n = args->n_begin; n < args->n_end; ++n) {
    const uint8_t* row = args->weights + static_cast<size_t>(n) * args->row_bytes;
    TERN_CHECK(tern::dequantize(dtype_of(args->format), row, static_cast<uint64_t>(args->k), w.data()));
    for (int32_t t = 0; t < args->tokens; ++t) {
      const float* x = args->x + static_cast<size_t>(t) * args->x_stride;
      args->y[static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n)] =
          tern::internal::lane_dot(args->k, w.data(), x);
    }
  }
}

void dense_matmul_q8_any_f32_1x1_scalar(const TernDenseMatmulQ* args) {
  for (int32_t t = 0; t < args->tokens; ++t) {
    const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
    const float* d_a = args->d_a + static_cast<size_t>(t) * args->block_stride;
    const int32_t* q_sum = args->q_sum + static_cast<size_t>(t) * args->block_stride;
    for (int32_t n = args->n_begin; n < args->n_end; ++n) {
      const uint8_t* row = args->weights + static_cast<size_t>(n) * args->row_bytes;
      float acc = 0;
      for (int64_t b = 0; b < args->k / 32; ++b) {
        const IntegerBlock block = decode_block(args->format, row, b);
        int32_t isum = 0;
        for (int j = 0; j < 32; ++j) isum += block.w[j] * q[32 * b + j];
        acc = std::fma(block.d * d_a[b], static_cast<float>(isum), acc);
        if (args->format == TERN_DENSE_Q4_1) {
          acc = std::fma(block.m, d_a[b] * static_cast<float>(q_sum[b]), acc);
        }
      }
      args->y[static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n)] = acc;
    }
  }
}
