#pragma once
// What every kernel of this op does before and after its integer sums. C-like and all static
// (docs/numerics.md rule 11).
#include "kernels/ternary_sparse/ternary_sparse.h"

/// `sum` counts codes (trit + 1), so q once too often.
static inline float sparse_result(const TernSparseToken* token, int32_t sum) {
  const float product = (float)(sum - token->q_sum) / token->a;
  return token->divide != 0 ? product / token->ws : product * token->ws;
}

// How far ahead pieces are asked for, and into the second-level cache, which can wait for more of them at
// once than the first: what is not in one stream is bound by that.
enum { kRowsAhead = 8, kColumnsAhead = 64 };

/// Four rows of the list from entry i; where it is over, its last row again.
static inline void pick_rows(const TernSparseRows* args, int64_t i, const uint8_t* rows[4]) {
  for (int64_t r = 0; r < 4; ++r) {
    const int64_t at = i + r < args->end ? i + r : args->end - 1;
    rows[r] = args->rows + (size_t)args->list[at] * args->row_bytes;
  }
}

/// The rows of a chunk that exist. Byte m of a column's 64 holds rows 128 * (m / 32) + m % 32 + {0, 32, 64,
/// 96} of the chunk: sums[m][part].
static inline void store_chunk(const TernSparseColumns* args, int64_t chunk, const int32_t sums[64][4]) {
  for (int m = 0; m < 64; ++m) {
    for (int part = 0; part < 4; ++part) {
      const int64_t row = TERN_COLUMN_CHUNK * chunk + 128 * (m / 32) + 32 * part + m % 32;
      if (row < args->n) args->y[row] = sparse_result(&args->token, sums[m][part]);
    }
  }
}

static inline const uint8_t* column_at(const TernSparseColumns* args, int64_t chunk, int64_t i) {
  return args->columns + 64 * (chunk * args->k + args->list[i]);
}
