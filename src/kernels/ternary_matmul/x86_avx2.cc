// A tile of R rows by C tokens. Codes 0..2 (trit + 1) are multiplied as unsigned bytes by vpmaddubsw and the
// sum of q, which they count once too often, is taken off at the end. R * C int16 accumulators live in
// registers, so the tiles are 4x1 (decode: bound by memory) and 2x4 (prefill).
#include "kernels/ternary_matmul/ternary_matmul.h"

#include "kernels/x86_avx2.h"

namespace {

// A block adds at most 4 * 2 * (2 * 127) = 2,032 to an int16 (3,048 were code 3 legal): 8 blocks stay below
// 32,768.
constexpr int64_t kBlocksPerFlush = 8;
// Tokens that share one pass over the rows: their activations stay in the second-level cache.
constexpr int32_t kTokensPerPass = 32;

/// Codes of part `kPart` (elements 32 * kPart ..) of a block.
template <int kPart>
inline __attribute__((always_inline)) __m256i codes_of(__m256i block) {
  const __m256i shifted = kPart == 3 ? block : _mm256_srli_epi16(block, 6 - 2 * kPart);
  return _mm256_and_si256(shifted, _mm256_set1_epi8(3));
}

template <int kPart, int R, int C>
inline __attribute__((always_inline)) void add_part(const __m256i* blocks, const int8_t* q, size_t q_stride,
                                                    __m256i (*acc)[C]) {
  __m256i codes[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) codes[r] = codes_of<kPart>(blocks[r]);
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) {
    const int8_t* at = q + static_cast<size_t>(c) * q_stride + 32 * kPart;
    const __m256i activations = _mm256_load_si256(reinterpret_cast<const __m256i*>(at));
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      acc[r][c] = _mm256_add_epi16(acc[r][c], _mm256_maddubs_epi16(codes[r], activations));
      // Fixes the order of the additions: g++ would balance them into a tree, whose leaves do not fit the
      // registers.
      __asm__("" : "+x"(acc[r][c]));
    }
  }
}

template <int R, int C>
void tile(const TernTernaryMatmul* args, int32_t n, int32_t t) {
  const uint8_t* rows = args->weights + static_cast<size_t>(n) * args->row_bytes;
  const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
  const int64_t n_blocks = static_cast<int64_t>(args->row_bytes / 32);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) sums[r][c] = _mm256_setzero_si256();
  }
  for (int64_t first = 0; first < n_blocks; first += kBlocksPerFlush) {
    const int64_t last = first + kBlocksPerFlush < n_blocks ? first + kBlocksPerFlush : n_blocks;
    __m256i acc[R][C];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) acc[r][c] = _mm256_setzero_si256();
    }
    for (int64_t b = first; b < last; ++b) {
      __m256i blocks[R];
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const uint8_t* at = rows + static_cast<size_t>(r) * args->row_bytes + 32 * b;
        blocks[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
      }
      add_part<0, R, C>(blocks, q + 128 * b, args->q_stride, acc);
      add_part<1, R, C>(blocks, q + 128 * b, args->q_stride, acc);
      add_part<2, R, C>(blocks, q + 128 * b, args->q_stride, acc);
      add_part<3, R, C>(blocks, q + 128 * b, args->q_stride, acc);
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        sums[r][c] = _mm256_add_epi32(sums[r][c], _mm256_madd_epi16(acc[r][c], ones));
      }
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) {
    float* y = args->y + static_cast<size_t>(t + c) * args->y_stride + static_cast<size_t>(n);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const float scaled = static_cast<float>(sum_of(sums[r][c]) - args->q_sum[t + c]) / args->a[t + c];
      y[r] = args->divide != 0 ? scaled / args->ws : scaled * args->ws;
    }
  }
}

/// Rows [n_begin, n_end) for C tokens from t: tiles of R rows, then single rows.
template <int R, int C>
void rows_of(const TernTernaryMatmul* args, int32_t t) {
  int32_t n = args->n_begin;
  for (; n + R <= args->n_end; n += R) tile<R, C>(args, n, t);
  for (; n < args->n_end; ++n) tile<1, C>(args, n, t);
}

/// A pass: R rows stay in the first-level cache while the pass's tokens go by, four at a time.
void pass(const TernTernaryMatmul* args, int32_t t_begin, int32_t t_end) {
  TernTernaryMatmul rows = *args;
  for (int32_t n = args->n_begin; n < args->n_end; n += 2) {
    rows.n_begin = n;
    rows.n_end = n + 2 < args->n_end ? n + 2 : args->n_end;
    int32_t t = t_begin;
    for (; t + 4 <= t_end; t += 4) rows_of<2, 4>(&rows, t);
    if (t_end - t == 3) rows_of<2, 3>(&rows, t);
    if (t_end - t == 2) rows_of<2, 2>(&rows, t);
    if (t_end - t == 1) rows_of<2, 1>(&rows, t);
  }
}

}  // namespace

void ternary_matmul_i8_t2_i32_2x4_avx2(const TernTernaryMatmul* args) {
  if (args->tokens == 1) {
    rows_of<4, 1>(args, 0);
    return;
  }
  for (int32_t t = 0; t < args->tokens; t += kTokensPerPass) {
    pass(args, t, t + kTokensPerPass < args->tokens ? t + kTokensPerPass : args->tokens);
  }
}
