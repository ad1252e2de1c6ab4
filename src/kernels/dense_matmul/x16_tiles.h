#pragma once
// int8 activations against x16 weights (quant/x16.cc): the algorithm that the vector kernels share. For ISA
// files only: all of it is static (docs/numerics.md rule 11).
//
// Lane r of a register belongs to row r, so the chain of an output is one lane, and no product is summed
// across lanes. A decoded block meets C tokens before the next.
//
// V is the instruction set: V::kRows rows a register, V::kTokens tokens a tile (a power of two), Int and
// Float the registers with one 32-bit lane a row, and
//   load(at)                    a row's 4 bytes, for kRows rows
//   f16s(at), scales(at)        kRows f16 as float32; kRows int8 as dot32_q6 takes them
//   low4, high4                 of every byte
//   q8_codes(v)                 what dot32_q8 takes
//   q6_codes<f>(low, high)      low | bits 2f, 2f+1 of high << 4, as dot32_q6 takes them
//   screen3_codes<c>(low, high) bits 2(c % 4) + 1, 2(c % 4) of low | bit c of high << 2
//   prepare_q6(q, start)        for the 16 groups of 16 of 256 activations: what dot32_q6 takes as start
//   dot32_q8, _q4, _q6          exact sums of a block
//   zero, splat, fma, mul, to_float, splat_int, store
#include <stddef.h>
#include <stdint.h>

#include "kernels/dense_matmul/dense_matmul.h"

#ifndef TERN_INLINE
#define TERN_INLINE inline __attribute__((always_inline))
#endif

namespace {

constexpr int kGroupRows = 16;
constexpr int kPiece = 4 * kGroupRows;
constexpr int kBlock = 32;
// Tokens that share one pass over the rows: their activations stay in the second-level cache.
constexpr int32_t kTokensPerPass = 128;

/// Into the second-level cache: what comes kFetchAhead bytes after `at`, which may be past the end of the
/// weights, where it does nothing. For super-blocks and one token, which is bound by memory: the scales lie
/// behind the codes that they scale, so that the hardware sees no ascending stream. It follows plain blocks
/// better by itself.
TERN_INLINE void fetch_ahead(const uint8_t* at, int bytes) {
  constexpr int kFetchAhead = 8192, kLine = 64, kRead = 0, kSecondLevel = 2;
  for (int i = 0; i < bytes; i += kLine) __builtin_prefetch(at + kFetchAhead + i, kRead, kSecondLevel);
}

/// One token at one block.
struct TokenBlock {
  const int8_t* q;
  const float* d_a;
  const int32_t* q_sum;
  const int32_t* start;  ///< of the block's two halves, Q6_K
};

/// kBlocks blocks of 32 weights of 16 rows in kBytes bytes; `row` is the first of V::kRows rows.
template <typename V>
struct Q8_0Rows {
  static constexpr int kBlocks = 1, kBytes = 34 * kGroupRows;
  static constexpr bool kPrepares = false;
  typename V::Int codes[8];
  typename V::Float d;
  TERN_INLINE void load(const uint8_t* at, int, int row) {
#pragma GCC unroll 8
    for (int c = 0; c < 8; ++c) codes[c] = V::q8_codes(V::load(at + c * kPiece + 4 * row));
    d = V::f16s(at + 8 * kPiece + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float sum = V::to_float(V::dot32_q8(codes, token.q, *token.q_sum));
    return V::fma(V::mul(d, V::splat(*token.d_a)), sum, acc);
  }
};

template <typename V>
struct Q4_1Rows {
  static constexpr int kBlocks = 1, kBytes = 20 * kGroupRows;
  static constexpr bool kPrepares = false;
  typename V::Int codes[8];
  typename V::Float d, m;
  TERN_INLINE void load(const uint8_t* at, int, int row) {
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const typename V::Int packed = V::load(at + c * kPiece + 4 * row);
      codes[c] = V::low4(packed);
      codes[4 + c] = V::high4(packed);
    }
    d = V::f16s(at + 4 * kPiece + 2 * row);
    m = V::f16s(at + 4 * kPiece + 2 * kGroupRows + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float d_a = V::splat(*token.d_a);
    acc = V::fma(V::mul(d, d_a), V::to_float(V::dot32_q4(codes, token.q)), acc);
    return V::fma(m, V::mul(d_a, V::to_float(V::splat_int(*token.q_sum))), acc);
  }
};

template <typename V>
struct Q6KRows {
  static constexpr int kBlocks = 8, kBytes = 210 * kGroupRows;
  static constexpr bool kPrepares = true;
  typename V::Int codes[8];
  typename V::Int scales[2];
  typename V::Float d;
  TERN_INLINE void load(const uint8_t* at, int block, int row) {
    const uint8_t* low_at = at + block * 6 * kPiece + 4 * row;
    const uint8_t* scales_at = at + 8 * 6 * kPiece + row;
    const typename V::Int high0 = V::load(low_at + 4 * kPiece), high1 = V::load(low_at + 5 * kPiece);
    load_piece<0>(low_at, high0, high1);
    load_piece<1>(low_at, high0, high1);
    load_piece<2>(low_at, high0, high1);
    load_piece<3>(low_at, high0, high1);
    scales[0] = V::scales(scales_at + 2 * block * kGroupRows);
    scales[1] = V::scales(scales_at + (2 * block + 1) * kGroupRows);
    d = V::f16s(at + 8 * 6 * kPiece + 16 * kGroupRows + 2 * row);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    const typename V::Float sum = V::to_float(V::dot32_q6(codes, scales, token.q, token.start));
    return V::fma(V::mul(d, V::splat(*token.d_a)), sum, acc);
  }

 private:
  template <int c>
  TERN_INLINE void load_piece(const uint8_t* low_at, typename V::Int high0, typename V::Int high1) {
    const typename V::Int packed = V::load(low_at + c * kPiece);
    codes[c] = V::template q6_codes<c>(V::low4(packed), high0);
    codes[4 + c] = V::template q6_codes<c>(V::high4(packed), high1);
  }
};

template <typename V>
struct Screen3Rows {
  static constexpr int kBlocks = 1, kBytes = 12 * kGroupRows;
  static constexpr bool kPrepares = false;
  typename V::Int codes[8];
  TERN_INLINE void load(const uint8_t* at, int, int row) {
    const typename V::Int low0 = V::load(at + 4 * row), low1 = V::load(at + kPiece + 4 * row),
                          high = V::load(at + 2 * kPiece + 4 * row);
    codes[0] = V::template screen3_codes<0>(low0, high);
    codes[1] = V::template screen3_codes<1>(low0, high);
    codes[2] = V::template screen3_codes<2>(low0, high);
    codes[3] = V::template screen3_codes<3>(low0, high);
    codes[4] = V::template screen3_codes<4>(low1, high);
    codes[5] = V::template screen3_codes<5>(low1, high);
    codes[6] = V::template screen3_codes<6>(low1, high);
    codes[7] = V::template screen3_codes<7>(low1, high);
  }
  TERN_INLINE typename V::Float add(const TokenBlock& token, typename V::Float acc) const {
    return V::fma(V::splat(*token.d_a), V::to_float(V::dot32_q4(codes, token.q)), acc);
  }
};

/// Rows n .. n + 15 by tokens t .. t + C - 1.
template <typename V, typename Rows, int C>
void tile(const TernDenseMatmulQ* args, int32_t n, int32_t t) {
  constexpr int kParts = kGroupRows / V::kRows, kBlockBytes = Rows::kBytes / Rows::kBlocks;
  const uint8_t* at = args->weights + static_cast<size_t>(n) * args->row_bytes;
  const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
  const float* d_a = args->d_a + static_cast<size_t>(t) * args->block_stride;
  const int32_t* q_sum = args->q_sum + static_cast<size_t>(t) * args->block_stride;
  typename V::Float acc[kParts][C];
#pragma GCC unroll 4
  for (int p = 0; p < kParts; ++p) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) acc[p][c] = V::zero();
  }
  for (int64_t left = args->k; left > 0; left -= Rows::kBlocks * kBlock, at += Rows::kBytes) {
    int32_t start[C][2 * Rows::kBlocks];
    if constexpr (Rows::kPrepares) {
#pragma GCC unroll 8
      for (int c = 0; c < C; ++c) V::prepare_q6(q + static_cast<size_t>(c) * args->q_stride, start[c]);
    }
    for (int b = 0; b < Rows::kBlocks; ++b, q += kBlock, ++d_a, ++q_sum) {
      if constexpr (C == 1 && Rows::kBlocks > 1) fetch_ahead(at + b * kBlockBytes, kBlockBytes);
#pragma GCC unroll 4
      for (int p = 0; p < kParts; ++p) {
        Rows rows;
        rows.load(at, b, p * V::kRows);
#pragma GCC unroll 8
        for (int c = 0; c < C; ++c) {
          const size_t block = static_cast<size_t>(c) * args->block_stride;
          const TokenBlock token{q + static_cast<size_t>(c) * args->q_stride, d_a + block, q_sum + block,
                                 start[c] + 2 * b};
          acc[p][c] = rows.add(token, acc[p][c]);
        }
      }
    }
  }
  const int32_t count = args->n_end - n;
#pragma GCC unroll 8
  for (int c = 0; c < C; ++c) {
    float* y = args->y + static_cast<size_t>(t + c) * args->y_stride + static_cast<size_t>(n);
#pragma GCC unroll 4
    for (int p = 0; p < kParts; ++p) V::store(y + p * V::kRows, count - p * V::kRows, acc[p][c]);
  }
}

/// Rows n .. n + 15 by tokens [t, end), C at a time, then what is left with smaller tiles.
template <typename V, typename Rows, int C>
TERN_INLINE void tiles(const TernDenseMatmulQ* args, int32_t n, int32_t t, int32_t end) {
  for (; t + C <= end; t += C) tile<V, Rows, C>(args, n, t);
  if constexpr (C > 1) tiles<V, Rows, C / 2>(args, n, t, end);
}

template <typename V, typename Rows>
void all_groups(const TernDenseMatmulQ* args) {
  for (int32_t begin = 0; begin < args->tokens; begin += kTokensPerPass) {
    const int32_t left = args->tokens - begin;
    const int32_t end = begin + (left < kTokensPerPass ? left : kTokensPerPass);
    for (int32_t n = args->n_begin; n < args->n_end; n += kGroupRows)
      tiles<V, Rows, V::kTokens>(args, n, begin, end);
  }
}

/// The whole kernel.
template <typename V>
TERN_INLINE void matmul_x16(const TernDenseMatmulQ* args) {
  switch (args->format) {
    case TERN_DENSE_Q8_0:
      return all_groups<V, Q8_0Rows<V>>(args);
    case TERN_DENSE_Q4_1:
      return all_groups<V, Q4_1Rows<V>>(args);
    case TERN_DENSE_Q6_K:
      return all_groups<V, Q6KRows<V>>(args);
    case TERN_DENSE_SCREEN3:
      return all_groups<V, Screen3Rows<V>>(args);
    default:
      __builtin_trap();  // not a block format
  }
}

}  // namespace
