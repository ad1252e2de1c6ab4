// The definition: every other dense_matmul kernel gives the bits of these two.
#include <cmath>
#include <vector>

#include "base/check.h"
#include "kernels/dense_matmul/dense_matmul.h"
#include "kernels/lanes.h"
#include "quant/blocks.h"
#include "quant/iq4_nl.h"
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
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  case TERN_DENSE_##name:                                      \
    return tern::DType::k##name;
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    default:
      TERN_CHECK(false);
  }
}

float load_f16(const uint8_t* at) {
  return tern::f16_to_f32(static_cast<uint16_t>(at[0] | at[1] << 8));
}

/// 32 weights as integers: weight = d * w + m * plus.
struct IntegerBlock {
  int32_t w[32], plus[32];
  float d, m;
};

constexpr int kRows = 16, kPiece = 4 * kRows, kF16s = 2 * kRows;  // quant/x16.cc draws the layouts

/// Byte i of row r in a run of pieces.
int piece_byte(const uint8_t* pieces, int r, int i) {
  return pieces[i / 4 * kPiece + 4 * r + i % 4];
}

/// Of weight j in pieces of either kind.
int nibble(const uint8_t* pieces, int r, int j) {
  return piece_byte(pieces, r, j % 16) >> (j < 16 ? 0 : 4) & 15;
}
int pair(const uint8_t* pieces, int r, int j) {
  return piece_byte(pieces, r, j / 16 * 4 + j % 4) >> (2 * (j % 16 / 4)) & 3;
}
int single(const uint8_t* pieces, int r, int j) {
  return piece_byte(pieces, r, j % 4) >> (j / 4) & 1;
}

/// Number i of the 16 of 6 bits.
int six_bits(const uint8_t* scales, int r, int64_t i) {
  const int low = scales[i / 2 * kRows + r] >> (4 * (i % 2)) & 15;
  const int high = scales[(8 + i / 4) * kRows + r] >> (2 * (i % 4)) & 3;
  return low | high << 4;
}

/// Block b of row r of one of the formats whose blocks of 32 have scales of their own.
IntegerBlock decode_plain(int32_t format, const uint8_t* group, int r, int64_t b) {
  const bool eight = format == TERN_DENSE_Q8_0, five = format == TERN_DENSE_Q5_0 || format == TERN_DENSE_Q5_1;
  const bool has_m = format == TERN_DENSE_Q4_1 || format == TERN_DENSE_Q5_1;
  const int pieces = eight ? 8 : five ? 5 : 4, bytes = pieces * kPiece + (has_m ? 2 : 1) * kF16s;
  const uint8_t* block = group + b * bytes;
  IntegerBlock out{};
  out.d = load_f16(block + pieces * kPiece + 2 * r);
  if (has_m) out.m = load_f16(block + pieces * kPiece + kF16s + 2 * r);
  for (int j = 0; j < 32; ++j) {
    const int low = nibble(block, r, j), fifth = five ? single(block + 4 * kPiece, r, j) : 0;
    switch (format) {
      case TERN_DENSE_Q8_0:
        out.w[j] = static_cast<int8_t>(piece_byte(block, r, j));
        break;
      case TERN_DENSE_IQ4_NL:
        out.w[j] = kTernIq4Nl[low];
        break;
      case TERN_DENSE_Q4_0:
        out.w[j] = low - 8;
        break;
      case TERN_DENSE_Q5_0:
        out.w[j] = (low | fifth << 4) - 16;
        break;
      default:
        out.w[j] = low | fifth << 4;
        out.plus[j] = 1;
    }
  }
  return out;
}

/// Block b of row r of a format of super-blocks.
IntegerBlock decode_super(int32_t format, const uint8_t* group, int r, int64_t b) {
  const bool wide = format == TERN_DENSE_Q6_K || format == TERN_DENSE_Q2_K;  // scales of 16 bytes, not 12
  const bool has_m = format != TERN_DENSE_Q3_K && format != TERN_DENSE_Q6_K;
  const int pieces = format == TERN_DENSE_Q2_K   ? 2
                     : format == TERN_DENSE_Q3_K ? 3
                     : format == TERN_DENSE_Q4_K ? 4
                     : format == TERN_DENSE_Q5_K ? 5
                                                 : 6;
  const int scale_bytes = (wide ? 16 : 12) * kRows;
  const int bytes = 8 * pieces * kPiece + scale_bytes + (has_m ? 2 : 1) * kF16s;
  const uint8_t* super = group + b / 8 * bytes;
  const uint8_t* block = super + b % 8 * pieces * kPiece;
  const uint8_t* scales = super + 8 * pieces * kPiece;
  IntegerBlock out{};
  out.d = load_f16(scales + scale_bytes + 2 * r);
  if (has_m) out.m = load_f16(scales + scale_bytes + kF16s + 2 * r);
  for (int j = 0; j < 32; ++j) {
    const int64_t i = 2 * (b % 8) + j / 16;  // of the 16 groups
    const int low = nibble(block, r, j), byte = wide ? scales[i * kRows + r] : 0;
    switch (format) {
      case TERN_DENSE_Q2_K:
        out.w[j] = pair(block, r, j) * (byte & 15);
        out.plus[j] = -(byte >> 4);
        break;
      case TERN_DENSE_Q3_K:
        out.w[j] =
            ((pair(block, r, j) | single(block + 2 * kPiece, r, j) << 2) - 4) * (six_bits(scales, r, i) - 32);
        break;
      case TERN_DENSE_Q6_K:
        out.w[j] = ((low | pair(block + 4 * kPiece, r, j) << 4) - 32) * static_cast<int8_t>(byte);
        break;
      default: {
        const int fifth = format == TERN_DENSE_Q5_K ? single(block + 4 * kPiece, r, j) : 0;
        out.w[j] = (low | fifth << 4) * six_bits(scales, r, i / 2 * 2);
        out.plus[j] = -six_bits(scales, r, i / 2 * 2 + 1);
      }
    }
  }
  return out;
}

IntegerBlock decode_screen3(const uint8_t* group, int r, int64_t b) {
  const uint8_t* block = group + b * 3 * kPiece;
  IntegerBlock out{};
  out.d = 1.0f;
  for (int j = 0; j < 32; ++j) out.w[j] = pair(block, r, j) | single(block + 2 * kPiece, r, j) << 2;
  return out;
}

IntegerBlock decode_block(int32_t format, const uint8_t* group, int r, int64_t b) {
  if (format == TERN_DENSE_SCREEN3) return decode_screen3(group, r, b);
  const bool super = tern::dtype_info(dtype_of(format)).block_elements == 256;
  return super ? decode_super(format, group, r, b) : decode_plain(format, group, r, b);
}

bool has_m(int32_t format) {
  switch (format) {
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  case TERN_DENSE_##name:                                      \
    return has_m;
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    default:
      return false;
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
    for (int32_t n = args->n_begin; n < args->n_end; ++n) {
      const uint8_t* group = args->weights + static_cast<size_t>(n / kRows * kRows) * args->row_bytes;
      float acc = 0;
      for (int64_t b = 0; b < args->k / 32; ++b) {
        const IntegerBlock block = decode_block(args->format, group, n % kRows, b);
        int32_t sum = 0, plus = 0;
        for (int j = 0; j < 32; ++j) {
          sum += block.w[j] * q[32 * b + j];
          plus += block.plus[j] * q[32 * b + j];
        }
        acc = std::fma(block.d * d_a[b], static_cast<float>(sum), acc);
        if (has_m(args->format)) acc = std::fma(block.m, d_a[b] * static_cast<float>(plus), acc);
      }
      args->y[static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n)] = acc;
    }
  }
}
