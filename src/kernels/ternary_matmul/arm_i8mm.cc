// FEAT_I8MM: smmla multiplies 2 rows x 8 columns by 8 columns x 2 tokens. The 4 bytes of a row in one unit
// and in the next, side by side, are for each part 8 successive columns of the row: two units zipped give
// registers of two rows, still packed. The activations of two tokens are zipped the same way, 8 columns of
// each, once for all the rows of a slab. One token would waste half of each product: it goes the sdot way.
#include "kernels/ternary_matmul/arm_sdot.h"

namespace {

// Rows that share zipped activations; their weights stay in the second-level cache while the tokens go by.
constexpr int kSlabGroups = 8;
constexpr int kMostPairs = 4;
// Zipped activations that stay in the first-level cache: this many blocks of 128 columns of one pair.
constexpr int kPairBlocks = 64;
constexpr int kPairBlockBytes = 2 * 128;

/// The activations of a block of 128 columns of P pairs of tokens, in the order in which a tile meets them.
/// `count` tokens; a missing second one is a copy of the first, whose sums nobody reads.
template <int P>
TERN_INLINE void zip_block(const int8_t* q, size_t q_stride, int32_t count, int8_t* zipped) {
#pragma GCC unroll 4
  for (int p = 0; p < P; ++p) {
    const int8_t* first = q + (size_t)(2 * p) * q_stride;
    const int8_t* second = 2 * p + 1 < count ? first + q_stride : first;
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) {
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        const int64x2_t a = vreinterpretq_s64_s8(vld1q_s8(first + 32 * part + 16 * half));
        const int64x2_t b = vreinterpretq_s64_s8(vld1q_s8(second + 32 * part + 16 * half));
        int8_t* at = zipped + 16 * ((8 * half + part) * P + p);
        vst1q_s8(at, vreinterpretq_s8_s64(vzip1q_s64(a, b)));
        vst1q_s8(at + 16 * 4 * P, vreinterpretq_s8_s64(vzip2q_s64(a, b)));
      }
    }
  }
}

/// Adds to sums[4][P] (two rows x two tokens each) the products of 8 rows, from `unit` on, and P pairs of
/// tokens.
template <int P>
TERN_INLINE void tile(const uint8_t* unit, const int8_t* zipped, size_t blocks, int32x4_t* sums) {
  int32x4_t acc[4][P];
#pragma GCC unroll 16
  for (int i = 0; i < 4 * P; ++i) acc[i / P][i % P] = sums[i];
  for (size_t two_units = 0; two_units < 4 * blocks; ++two_units, unit += 2 * 64) {
    uint8x16_t packed[4];
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      const uint32x4_t even = vreinterpretq_u32_u8(vld1q_u8(unit + 16 * i));
      const uint32x4_t odd = vreinterpretq_u32_u8(vld1q_u8(unit + 64 + 16 * i));
      packed[2 * i] = vreinterpretq_u8_u32(vzip1q_u32(even, odd));
      packed[2 * i + 1] = vreinterpretq_u8_u32(vzip2q_u32(even, odd));
    }
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part, zipped += 16 * P) {
      int8x16_t q[P];
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) q[p] = vld1q_s8(zipped + 16 * p);
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        const int8x16_t codes = codes_of(packed[r], part);
#pragma GCC unroll 4
        for (int p = 0; p < P; ++p) acc[r][p] = vmmlaq_s32(acc[r][p], codes, q[p]);
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < 4 * P; ++i) sums[i] = acc[i / P][i % P];
}

/// Rows [n, n_end), at most a slab, by tokens t .. t + count - 1: 2P or one less.
template <int P>
void pairs(const TernTernaryMatmul* args, int32_t n, int32_t n_end, int32_t t, int32_t count) {
  int8_t zipped[kPairBlocks * kPairBlockBytes];
  int32x4_t sums[kSlabGroups][8 * P];
  const int32_t groups = (n_end - n + 15) / 16;
  for (int32_t g = 0; g < groups; ++g) {
    for (int i = 0; i < 8 * P; ++i) sums[g][i] = vdupq_n_s32(0);
  }
  const size_t all = args->row_bytes / 32, most = kPairBlocks / P;
  for (size_t begin = 0; begin < all; begin += most) {
    const size_t blocks = all - begin < most ? all - begin : most;
    const int8_t* q = args->q + (size_t)t * args->q_stride + 128 * begin;
    for (size_t b = 0; b < blocks; ++b) {
      zip_block<P>(q + 128 * b, args->q_stride, count, zipped + b * P * kPairBlockBytes);
    }
    for (int32_t g = 0; g < groups; ++g) {
      const uint8_t* unit = group_at(args, n + 16 * g) + 8 * 64 * begin;
      for (int half = 0; half < 2; ++half) tile<P>(unit + 32 * half, zipped, blocks, sums[g] + 4 * P * half);
    }
  }
  for (int32_t g = 0; g < groups; ++g) {
    for (int32_t c = 0; c < count; ++c) {
      int32x4_t rows[4];
      for (int i = 0; i < 4; ++i) {
        const int32x4_t low = sums[g][2 * i * P + c / 2], high = sums[g][(2 * i + 1) * P + c / 2];
        rows[i] = c % 2 == 0 ? vuzp1q_s32(low, high) : vuzp2q_s32(low, high);
      }
      store_rows(args, n + 16 * g, t + c, rows);
    }
  }
}

void slab(const TernTernaryMatmul* args, int32_t n, int32_t n_end) {
  int32_t t = 0;
  for (; t + 2 * kMostPairs <= args->tokens; t += 2 * kMostPairs) {
    pairs<kMostPairs>(args, n, n_end, t, 2 * kMostPairs);
  }
  const int32_t left = args->tokens - t;
  switch ((left + 1) / 2) {
    case 4:
      return pairs<4>(args, n, n_end, t, left);
    case 3:
      return pairs<3>(args, n, n_end, t, left);
    case 2:
      return pairs<2>(args, n, n_end, t, left);
    case 1:
      if (left == 2) return pairs<1>(args, n, n_end, t, left);
      for (; n < n_end; n += 16) sdot_tile(args, n, t, 1);
  }
}

}  // namespace

void ternary_matmul_i8_t2x16_i32_8x8_i8mm(const TernTernaryMatmul* args) {
  for (int32_t n = args->n_begin; n < args->n_end; n += 16 * kSlabGroups) {
    slab(args, n, args->n_end - n < 16 * kSlabGroups ? args->n_end : n + 16 * kSlabGroups);
  }
}
