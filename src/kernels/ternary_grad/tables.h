// The kernels' one body. For each group of four rows, a table holds the 81 signed sums of its four gradients
// as a vector over 16 tokens; a column then costs a load and an addition a group for 64 multiply-adds.
//
//   a strip of 16 rows = 4 tables, 20 KiB of the first-level cache; then sums[column] += 4 entries, for every
//   column
//
// The includer defines TERN_VECTOR_BYTES and transpose_16x16. C-like and all static (docs/numerics.md rule
// 11).
#pragma once
#include "kernels/ternary_grad/ternary_grad.h"

#define TERN_INLINE static inline __attribute__((always_inline))

typedef float Vector __attribute__((vector_size(TERN_VECTOR_BYTES), may_alias));
typedef float LooseVector __attribute__((vector_size(TERN_VECTOR_BYTES), may_alias, aligned(4)));

enum {
  kTokens = 16,
  kLanes = TERN_VECTOR_BYTES / 4,
  kParts = kTokens / kLanes,  // registers for a value of 16 tokens
  kStripRows = 16,
  kTables = 4,
  kTableEntries = 81,
  kPanel = 2048,  // columns that share tables; what is added to stays in the second-level cache
};

/// 16 tokens.
typedef float Entry[kTokens];

/// to[16 r + c] = from[c * stride + r].
TERN_INLINE void transpose_16x16(const float* from, size_t stride, float* to);

/// The 81 sums of x[0] .. x[3], by c0 + 3 c1 + 9 c2 + 27 c3.
TERN_INLINE void make_table(const Entry* x, Entry* table) {
  const Vector zero = {0};
#pragma GCC unroll 4
  for (int part = 0; part < kParts; ++part) {
    Vector term[4][3], low[9];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const Vector value = *(const Vector*)(x[i] + part * kLanes);
      term[i][0] = zero - value;
      term[i][1] = zero;
      term[i][2] = value;
    }
#pragma GCC unroll 9
    for (int i = 0; i < 9; ++i) low[i] = term[0][i % 3] + term[1][i / 3];
#pragma GCC unroll 9
    for (int j = 0; j < 9; ++j) {
      const Vector high = term[2][j % 3] + term[3][j / 3];
#pragma GCC unroll 9
      for (int i = 0; i < 9; ++i) *(Vector*)(table[9 * j + i] + part * kLanes) = low[i] + high;
    }
  }
}

/// sums[column] += the four entries that the column's offsets choose.
TERN_INLINE void add_columns(const Entry* tables, const uint16_t* offsets, int64_t columns, Entry* sums) {
  for (int64_t column = 0; column < columns; ++column) {
    uint64_t four;
    __builtin_memcpy(&four, offsets + kTables * column, sizeof four);
    __asm__("" : "+r"(four));  // else g++ loads each offset by itself
    Vector sum[kParts];
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) sum[part] = *(const Vector*)(sums[column] + part * kLanes);
#pragma GCC unroll 4
    for (int i = 0; i < kTables; ++i) {
      const char* entry = (const char*)tables + (uint16_t)(four >> (16 * i));
#pragma GCC unroll 4
      for (int part = 0; part < kParts; ++part) sum[part] += ((const Vector*)entry)[part];
    }
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) *(Vector*)(sums[column] + part * kLanes) = sum[part];
  }
}

/// x[r] = dy of row n + r; +0 beyond the rows and the tokens that there are.
TERN_INLINE void load_rows(const TernTernaryGrad* args, int64_t n, int64_t t, int64_t tokens, Entry* x) {
  const float* from = args->dy + (size_t)t * args->dy_stride + n;
  if (tokens == kTokens && args->n - n >= kStripRows) {
    transpose_16x16(from, args->dy_stride, x[0]);
    return;
  }
  __builtin_memset(x, 0, kStripRows * sizeof(Entry));
  for (int64_t i = 0; i < tokens; ++i) {
    for (int64_t r = 0; r < kStripRows && n + r < args->n; ++r)
      x[r][i] = from[(size_t)i * args->dy_stride + r];
  }
}

/// Columns [k, k + columns), at most 16, of `tokens` tokens from t.
TERN_INLINE void store_columns(const TernTernaryGrad* args, int64_t k, int64_t columns, int64_t t,
                               int64_t tokens, const Entry* sums) {
  float* dx = args->dx + (size_t)t * args->dx_stride + k;
  if (tokens < kTokens || columns < kTokens) {
    for (int64_t i = 0; i < tokens; ++i, dx += args->dx_stride) {
      for (int64_t c = 0; c < columns; ++c)
        dx[c] = args->accumulate != 0 ? dx[c] + sums[c][i] * args->ws : sums[c][i] * args->ws;
    }
    return;
  }
  alignas(64) Entry rows[kTokens];
  transpose_16x16(sums[0], kTokens, rows[0]);
  for (int i = 0; i < kTokens; ++i, dx += args->dx_stride) {
#pragma GCC unroll 4
    for (int part = 0; part < kParts; ++part) {
      const Vector value = *(const Vector*)(rows[i] + part * kLanes) * args->ws;
      LooseVector* const into = (LooseVector*)(dx + part * kLanes);
      *into = args->accumulate != 0 ? *into + value : value;
    }
  }
}

/// At most kPanel columns from k, for at most 16 tokens from t.
static __attribute__((noinline)) void panel(const TernTernaryGrad* args, int64_t k, int64_t columns,
                                            int64_t t, int64_t tokens) {
  alignas(64) Entry tables[kTables * kTableEntries];
  alignas(64) Entry sums[kPanel];
  alignas(64) Entry x[kStripRows];
  __builtin_memset(sums, 0, (size_t)columns * sizeof(Entry));
  for (int64_t n = 0; n < args->n; n += kStripRows) {
    load_rows(args, n, t, tokens, x);
    for (int i = 0; i < kTables; ++i) make_table(x + 4 * i, tables + kTableEntries * i);
    add_columns(tables, args->offsets + (n / kStripRows * args->k + k) * kTables, columns, sums);
  }
  for (int64_t c = 0; c < columns; c += kTokens)
    store_columns(args, k + c, columns - c < kTokens ? columns - c : (int64_t)kTokens, t, tokens, sums + c);
}

static void ternary_grad(const TernTernaryGrad* args) {
  for (int64_t k = args->k_begin; k < args->k_end; k += kPanel) {
    const int64_t columns = args->k_end - k < kPanel ? args->k_end - k : (int64_t)kPanel;
    for (int64_t t = 0; t < args->tokens; t += kTokens)
      panel(args, k, columns, t, args->tokens - t < kTokens ? args->tokens - t : (int64_t)kTokens);
  }
}
