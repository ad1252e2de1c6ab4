// Vector lookup tables for many tokens: for each byte of weights, four trits, a table holds the 81 signed sums of its
// four activations as a vector over 32 tokens. A row then costs two loads and additions a byte for 128 multiply-adds.
// C-like and all static (docs/numerics.md rule 11).
#pragma once
#include "kernels/ternary_matmul/x86_ymm.h"

enum {
  kLookupTokens = 32,
  kLookupRows = 1024,  // share the tables; their sums stay in the second-level cache
  kTableEntries = 81,
  // A byte adds at most 4 * 127 = 508 to an int16 and a unit has 4: 16 units stay below 32,768.
  kUnitsPerFlush = 16,
};

/// 32 tokens in the order in which transpose() leaves them.
typedef struct TokenLanes {
  __m256i half[2];
} TokenLanes;

/// Lane i of 16 holds this one of the 16 tokens of its half.
TERN_INLINE int token_of_lane(int i) {
  return 4 * (i / 8) + i % 4 + 8 * (i / 4 % 2);
}

/// 4 activations of 8 tokens, sorted by activation within each 128-bit lane.
TERN_INLINE __m256i four_of_8_tokens(const int8_t* q, size_t q_stride) {
  int32_t fours[8];
  for (int t = 0; t < 8; ++t) __builtin_memcpy(&fours[t], q + (size_t)t * q_stride, sizeof fours[t]);
  const __m256i by_activation = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,  //
                                                 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i*)fours), by_activation);
}

TERN_INLINE __m256i widened(__m256i doubled_bytes) {
  return _mm256_srai_epi16(doubled_bytes, 8);
}

/// x[j][part] = activations 32 * part + j at q of 32 tokens, as int16.
static void transpose(const int8_t* q, size_t q_stride, TokenLanes x[4][4]) {
  for (int part = 0; part < 4; ++part) {
    for (int half = 0; half < 2; ++half) {
      const int8_t* at = q + (size_t)(16 * half) * q_stride + 32 * part;
      const __m256i a = four_of_8_tokens(at, q_stride), b = four_of_8_tokens(at + 8 * q_stride, q_stride);
      const __m256i first = _mm256_unpacklo_epi32(a, b), last = _mm256_unpackhi_epi32(a, b);
      x[0][part].half[half] = widened(_mm256_unpacklo_epi8(first, first));
      x[1][part].half[half] = widened(_mm256_unpackhi_epi8(first, first));
      x[2][part].half[half] = widened(_mm256_unpacklo_epi8(last, last));
      x[3][part].half[half] = widened(_mm256_unpackhi_epi8(last, last));
    }
  }
}

/// table[c0 + 3 c1 + 9 c2 + 27 c3] = sum of (c_i - 1) * x[3 - i]: part 3 sits in a byte's lowest bits.
TERN_INLINE void build_table(const TokenLanes x[4], TokenLanes* table) {
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    const __m256i x0 = x[3].half[half], x1 = x[2].half[half], x2 = x[1].half[half], x3 = x[0].half[half];
    __m256i low[9];  // of the 9 entries of c0 and c1
    low[4] = _mm256_setzero_si256();
    low[5] = x0;
    low[3] = _mm256_sub_epi16(low[4], x0);
    low[7] = x1;
    low[6] = _mm256_sub_epi16(x1, x0);
    low[8] = _mm256_add_epi16(x1, x0);
    low[0] = _mm256_sub_epi16(low[4], low[8]);
    low[1] = _mm256_sub_epi16(low[4], x1);
    low[2] = _mm256_sub_epi16(low[4], low[6]);
    for (int c3 = 0; c3 < 3; ++c3) {
      for (int c2 = 0; c2 < 3; ++c2) {
        __m256i high = _mm256_setzero_si256();
        if (c2 != 1) high = c2 == 0 ? _mm256_sub_epi16(high, x2) : x2;
        if (c3 != 1) high = c3 == 0 ? _mm256_sub_epi16(high, x3) : _mm256_add_epi16(high, x3);
        TokenLanes* const entries = table + 27 * c3 + 9 * c2;
#pragma GCC unroll 9
        for (int i = 0; i < 9; ++i) entries[i].half[half] = _mm256_add_epi16(low[i], high);
      }
    }
  }
}

/// The table index of every byte of a unit of 16 rows; code 3, which no loaded file holds, counts as 0.
TERN_INLINE void indices_of(const uint8_t* unit, uint8_t* indices) {
  const __m256i low =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 0, 0, 0, 0));
  const __m256i high =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 9, 18, 0, 27, 36, 45, 0, 54, 63, 72, 0, 0, 0, 0, 0));
  const __m256i nibble = _mm256_set1_epi8(15);
  for (int half = 0; half < 2; ++half) {
    const __m256i bytes = load_half(unit, half);
    const __m256i l = _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, nibble));
    const __m256i h = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
    _mm256_store_si256((__m256i*)(indices + 32 * half), _mm256_add_epi8(l, h));
  }
}

/// sums[r] += the entries that the rows' four bytes of a unit choose.
TERN_INLINE void add_unit(const TokenLanes (*tables)[kTableEntries], const uint8_t* indices, int32_t rows,
                          TokenLanes* sums) {
  for (int32_t r = 0; r < rows; ++r) {
    uint32_t four;
    __builtin_memcpy(&four, indices + 4 * r, sizeof four);
    const TokenLanes* const a = &tables[0][four & 255];
    const TokenLanes* const b = &tables[1][four >> 8 & 255];
    const TokenLanes* const c = &tables[2][four >> 16 & 255];
    const TokenLanes* const d = &tables[3][four >> 24];
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      __m256i sum = _mm256_add_epi16(sums[r].half[half], a->half[half]);
      sum = _mm256_add_epi16(sum, b->half[half]);
      sum = _mm256_add_epi16(sum, c->half[half]);
      sums[r].half[half] = _mm256_add_epi16(sum, d->half[half]);
    }
  }
}

/// wide += narrow; narrow = 0.
TERN_INLINE void flush(TokenLanes* narrow, __m256i (*wide)[4], int32_t rows) {
  for (int32_t r = 0; r < rows; ++r) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const __m256i values = narrow[r].half[half];
      const __m256i low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(values));
      const __m256i high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(values, 1));
      wide[r][2 * half] = _mm256_add_epi32(wide[r][2 * half], low);
      wide[r][2 * half + 1] = _mm256_add_epi32(wide[r][2 * half + 1], high);
      narrow[r].half[half] = _mm256_setzero_si256();
    }
  }
}

/// Rows [n, n + rows) of 32 tokens from t; the sums count trits, so there is nothing to take off.
static void lookup_store(const TernTernaryMatmul* args, int32_t n, int32_t rows, int32_t t,
                         __m256i (*wide)[4]) {
  int32_t token[kLookupTokens];
  float a[kLookupTokens];
  for (int i = 0; i < kLookupTokens; ++i) {
    token[i] = t + 16 * (i / 16) + token_of_lane(i % 16);
    a[i] = args->a[token[i]];
  }
  const __m256 ws = _mm256_set1_ps(args->ws);
  for (int32_t r = 0; r < rows && n + r < args->n_end; ++r) {
    float y[kLookupTokens];
    for (int v = 0; v < 4; ++v) {
      const __m256 product = _mm256_div_ps(_mm256_cvtepi32_ps(wide[r][v]), _mm256_loadu_ps(a + 8 * v));
      _mm256_storeu_ps(y + 8 * v,
                       args->divide != 0 ? _mm256_div_ps(product, ws) : _mm256_mul_ps(product, ws));
    }
    for (int i = 0; i < kLookupTokens; ++i)
      args->y[(size_t)token[i] * args->y_stride + (size_t)(n + r)] = y[i];
  }
}

/// At most kLookupRows rows from n, 32 tokens from t.
static void lookup_rows(const TernTernaryMatmul* args, int32_t n, int32_t rows, int32_t t) {
  alignas(64)
      TokenLanes tables[4][kTableEntries];  // 20 KiB: with a few rows' sums they fill the first-level cache
  alignas(64) TokenLanes narrow[kLookupRows];
  alignas(64) __m256i wide[kLookupRows][4];
  alignas(64) uint8_t indices[4 * kLookupRows];
  const int32_t whole = (rows + 15) / 16 * 16;  // groups are filled up with rows of trit 0
  for (int32_t r = 0; r < whole; ++r) {
    narrow[r].half[0] = narrow[r].half[1] = _mm256_setzero_si256();
    wide[r][0] = wide[r][1] = wide[r][2] = wide[r][3] = _mm256_setzero_si256();
  }
  const size_t units = args->row_bytes / 4;
  for (size_t u = 0; u < units; ++u) {
    const int8_t* q = args->q + (size_t)t * args->q_stride + u / 8 * 128 + u % 8 * 4;
    TokenLanes x[4][4];
    transpose(q, args->q_stride, x);
    for (int j = 0; j < 4; ++j) build_table(x[j], tables[j]);
    const uint8_t* unit = args->weights + (size_t)n * args->row_bytes + 64 * u;
    for (int32_t r = 0; r < whole; r += 16, unit += 16 * args->row_bytes) indices_of(unit, indices + 4 * r);
    add_unit(tables, indices, whole, narrow);
    if (u % kUnitsPerFlush == kUnitsPerFlush - 1 || u + 1 == units) flush(narrow, wide, whole);
  }
  lookup_store(args, n, rows, t, wide);
}

/// All rows of args for 32 tokens from t.
TERN_INLINE void lookup_tokens(const TernTernaryMatmul* args, int32_t t) {
  for (int32_t n = args->n_begin; n < args->n_end; n += kLookupRows) {
    const int32_t left = args->n_end - n;
    lookup_rows(args, n, left < kLookupRows ? left : (int32_t)kLookupRows, t);
  }
}
