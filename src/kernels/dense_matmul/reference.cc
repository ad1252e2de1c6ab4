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

/// 32 weights as integers: weight = d * w (+ m).
struct IntegerBlock {
  int32_t w[32];
  float d, m;
};

constexpr int kRows = 16, kPiece = 4 * kRows, kF16s = 2 * kRows;  // quant/x16.cc draws the layouts

/// Bytes 0 .. 4*pieces-1 of row r, which lie 4 a piece.
template <size_t kBytes>
void gather(const uint8_t* at, int r, uint8_t (&bytes)[kBytes]) {
  for (size_t i = 0; i < kBytes; ++i) bytes[i] = at[i / 4 * kPiece + static_cast<size_t>(4 * r) + i % 4];
}

IntegerBlock decode_q8_0(const uint8_t* group, int r, int64_t b) {
  const uint8_t* block = group + b * 34 * kRows;
  uint8_t bytes[32];
  gather(block, r, bytes);
  IntegerBlock out{};
  out.d = load_f16(block + 8 * kPiece + 2 * r);
  for (int j = 0; j < 32; ++j) out.w[j] = static_cast<int8_t>(bytes[j]);
  return out;
}

IntegerBlock decode_q4_1(const uint8_t* group, int r, int64_t b) {
  const uint8_t* block = group + b * 20 * kRows;
  uint8_t bytes[16];
  gather(block, r, bytes);
  IntegerBlock out{};
  out.d = load_f16(block + 4 * kPiece + 2 * r);
  out.m = load_f16(block + 4 * kPiece + kF16s + 2 * r);
  for (int j = 0; j < 32; ++j) out.w[j] = j < 16 ? bytes[j] & 15 : bytes[j - 16] >> 4;
  return out;
}

IntegerBlock decode_q6_k(const uint8_t* group, int r, int64_t b) {
  const uint8_t* super = group + b / 8 * 210 * kRows;
  const uint8_t* block = super + b % 8 * 6 * kPiece;
  const uint8_t* scales = super + 8 * 6 * kPiece;
  uint8_t low[16], high[8];
  gather(block, r, low);
  gather(block + 4 * kPiece, r, high);
  IntegerBlock out{};
  out.d = load_f16(scales + 16 * kRows + 2 * r);
  for (int j = 0; j < 32; ++j) {
    const int half = j / 16, low4 = (half == 0 ? low[j] : low[j - 16] >> 4) & 15;
    const int high2 = (high[4 * half + j % 4] >> (2 * (j % 16 / 4))) & 3;
    const auto scale = static_cast<int8_t>(scales[(2 * (b % 8) + half) * kRows + r]);
    out.w[j] = ((low4 | high2 << 4) - 32) * scale;
  }
  return out;
}

IntegerBlock decode_screen3(const uint8_t* group, int r, int64_t b) {
  const uint8_t* block = group + b * 12 * kRows;
  uint8_t low[8], high[4];
  gather(block, r, low);
  gather(block + 2 * kPiece, r, high);
  IntegerBlock out{};
  out.d = 1.0f;
  for (int j = 0; j < 32; ++j) {
    const int half = j / 16, low2 = low[4 * half + j % 4] >> (2 * (j % 16 / 4)) & 3;
    out.w[j] = low2 | (high[j % 4] >> (j / 4) & 1) << 2;
  }
  return out;
}

IntegerBlock decode_block(int32_t format, const uint8_t* group, int r, int64_t b) {
  switch (format) {
    case TERN_DENSE_Q8_0:
      return decode_q8_0(group, r, b);
    case TERN_DENSE_Q4_1:
      return decode_q4_1(group, r, b);
    case TERN_DENSE_SCREEN3:
      return decode_screen3(group, r, b);
    default:
      TERN_CHECK(format == TERN_DENSE_Q6_K);
      return decode_q6_k(group, r, b);
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

void dense_matmul_q8_x16_f32_1x1_scalar(const TernDenseMatmulQ* args) {
  for (int32_t t = 0; t < args->tokens; ++t) {
    const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
    const float* d_a = args->d_a + static_cast<size_t>(t) * args->block_stride;
    const int32_t* q_sum = args->q_sum + static_cast<size_t>(t) * args->block_stride;
    for (int32_t n = args->n_begin; n < args->n_end; ++n) {
      const uint8_t* group = args->weights + static_cast<size_t>(n / kRows * kRows) * args->row_bytes;
      float acc = 0;
      for (int64_t b = 0; b < args->k / 32; ++b) {
        const IntegerBlock block = decode_block(args->format, group, n % kRows, b);
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
