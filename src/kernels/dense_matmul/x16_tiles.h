#pragma once
// int8 activations against x16 weights (quant/x16.cc): the algorithm that the vector kernels share. For ISA
// files only: all of it is static (docs/numerics.md rule 11).
//
// Lane r of a register belongs to row r, so the chain of an output is one lane, and no product is summed
// across lanes. A decoded block meets C tokens before the next.
//
// V is the instruction set; x16_rows.h says what it has, and decodes blocks with it.
#include "kernels/dense_matmul/x16_rows.h"

namespace {

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
      for (int c = 0; c < C; ++c) Rows::prepare(q + static_cast<size_t>(c) * args->q_stride, start[c]);
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
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  case TERN_DENSE_##name:                                      \
    return all_groups<V, name##Rows<V>>(args);
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    case TERN_DENSE_SCREEN3:
      return all_groups<V, Screen3Rows<V>>(args);
    default:
      __builtin_trap();  // not a block format
  }
}

}  // namespace
