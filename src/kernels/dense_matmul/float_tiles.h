#pragma once
// Float activations: the loops that the vector kernels share. For ISA files only: all of it is static
// (docs/numerics.md rule 11).
//
// V is the instruction set: Lanes (the 16 lanes of rule 3), zero, load_f32(at), fma(a, b, acc), sum (the tree
// 8-4-2-1), the tile of kTileRows x kTileTokens whose accumulators fit its registers, and what block_codes.h
// asks for. A Format gives kElementBytes of a plain element (0: blocks, whose K is a multiple of 16) and
// load(row, k): 16 weights from element k.
#include <stddef.h>
#include <stdint.h>

#include "kernels/dense_matmul/dense_matmul.h"

#ifndef TERN_INLINE
#define TERN_INLINE inline __attribute__((always_inline))
#endif

namespace {

constexpr int32_t kFloatRows = 4;
// Tokens that share one pass over the rows: their activations stay in the second-level cache.
constexpr int32_t kFloatTokensPerPass = 32;

/// Into the second-level cache, for one token, which is bound by memory: each row is a stream too short for
/// the hardware's own prefetching to get going. May pass the end of the weights, where it does nothing.
TERN_INLINE void fetch_ahead(const uint8_t* at) {
  constexpr int kRead = 0, kSecondLevel = 2;
  __builtin_prefetch(at, kRead, kSecondLevel);
}

/// Rows n .. n + R - 1 by tokens t .. t + C - 1. Rows from n_end on repeat the last one and are not stored.
template <typename V, typename Format, int R, int C>
void float_tile(const TernDenseMatmul* args, int32_t n, int32_t t) {
  const float* const x = args->x + static_cast<size_t>(t) * args->x_stride;
  const uint8_t* rows[R];
  typename V::Lanes acc[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    const int32_t row = n + r < args->n_end ? n + r : args->n_end - 1;
    rows[r] = args->weights + static_cast<size_t>(row) * args->row_bytes;
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) acc[r][c] = V::zero();
  }
  int64_t k = 0;
  for (; k + 16 <= args->k; k += 16) {
    typename V::Lanes values[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) values[c] = V::load_f32(x + static_cast<size_t>(c) * args->x_stride + k);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const typename V::Lanes weights = Format::load(rows[r], k);
      if constexpr (C == 1)
        fetch_ahead(rows[r] + R * args->row_bytes + static_cast<size_t>(k) * Format::kElementBytes);
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) acc[r][c] = V::fma(weights, values[c], acc[r][c]);
    }
  }
  if constexpr (Format::kElementBytes > 0) {
    if (k < args->k) {  // reading 16 in place would pass the end of a row
      const auto rest = static_cast<size_t>(args->k - k);
      for (int r = 0; r < R; ++r) {
        uint8_t weights[16 * sizeof(float)] = {};
        __builtin_memcpy(weights, rows[r] + static_cast<size_t>(k) * Format::kElementBytes,
                         rest * Format::kElementBytes);
        for (int c = 0; c < C; ++c) {
          float values[16] = {};
          __builtin_memcpy(values, x + static_cast<size_t>(c) * args->x_stride + k, rest * sizeof(float));
          acc[r][c] = V::fma(Format::load(weights, 0), V::load_f32(values), acc[r][c]);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) {
    float* y = args->y + static_cast<size_t>(t + c) * args->y_stride + static_cast<size_t>(n);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      if (n + r < args->n_end) y[r] = V::sum(acc[r][c]);
    }
  }
}

template <typename V, typename Format>
void all_rows(const TernDenseMatmul* args) {
  for (int32_t begin = 0; begin < args->tokens; begin += kFloatTokensPerPass) {
    const int32_t left = args->tokens - begin;
    const int32_t end = begin + (left < kFloatTokensPerPass ? left : kFloatTokensPerPass);
    for (int32_t n = args->n_begin; n < args->n_end; n += kFloatRows) {
      int32_t t = begin;
      for (; t + V::kTileTokens <= end; t += V::kTileTokens) {
        for (int32_t r = 0; r < kFloatRows && n + r < args->n_end; r += V::kTileRows) {
          float_tile<V, Format, V::kTileRows, V::kTileTokens>(args, n + r, t);
        }
      }
      for (; t < end; ++t) float_tile<V, Format, kFloatRows, 1>(args, n, t);
    }
  }
}

/// The whole kernel; Formats names the three plain formats, Blocks has those of blocks.
template <typename V, typename Formats, template <int kFormat> class Blocks>
TERN_INLINE void matmul_floats(const TernDenseMatmul* args) {
  switch (args->format) {
    case TERN_DENSE_F32:
      return all_rows<V, typename Formats::F32>(args);
    case TERN_DENSE_F16:
      return all_rows<V, typename Formats::F16>(args);
    case TERN_DENSE_BF16:
      return all_rows<V, typename Formats::Bf16>(args);
#define TERN_BLOCK_FORMAT(name, function, bits, scales, has_m) \
  case TERN_DENSE_##name:                                      \
    return all_rows<V, Blocks<TERN_DENSE_##name>>(args);
#include "quant/block_formats.inc"
#undef TERN_BLOCK_FORMAT
    default:
      __builtin_trap();  // not a TernDenseFormat
  }
}

}  // namespace
