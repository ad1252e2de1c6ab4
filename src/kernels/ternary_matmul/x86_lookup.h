// Vector lookup tables for many tokens: for each byte of weights, four trits, a table holds the 81 signed
// sums of its four activations as a vector over 16 tokens. A row then costs a load and an addition a byte for
// 64 multiply-adds.
//
//   k-blocks of 32 columns = 2 units = 8 bytes a row = 8 tables, 20 KiB of the first-level cache:
//     indices of all rows, made once for up to 4 blocks of 16 tokens
//     a block of tokens: tables, then sums[row] += 8 entries, for every row
//
// What goes through the load ports limits it: two rows at a time, four indices a load, entries' offsets ready
// made. C-like and all static (docs/numerics.md rule 11).
#pragma once
#include "kernels/ternary_matmul/x86_ymm.h"
#include "kernels/x86_transpose.h"

enum {
  kLookupTokens = 16,  // a block: a register of int16
  kLookupBlocks = 4,   // share the indices
  kLookupRows = 2560,  // share the tables; what is added to stays in the second-level cache
  kLookupTables = 8,
  kLookupColumns = 4 * kLookupTables,
  kTableEntries = 81,
};

/// For one block of tokens. What `narrow` has taken since it was emptied stays below 2^15: `taken` adds up
/// |q|.
typedef struct LookupSums {
  __m256i narrow[kLookupRows];
  __m256i wide[kLookupRows][2];
  __m256i taken;
} LookupSums;

/// x[8 part + i] = activations 32 part + i at q of 16 tokens, as int16, i < 8: those of two units.
TERN_INLINE void lookup_transpose(const int8_t* q, size_t q_stride, __m256i x[kLookupColumns]) {
  for (int part = 0; part < 4; ++part) {
    __m128i a[16], b[16];
#pragma GCC unroll 16
    for (int t = 0; t < 16; ++t) {
      a[t] = _mm_loadl_epi64((const __m128i*)(q + (size_t)t * q_stride + 32 * part));
    }
    // A step interleaves tokens that are 8, 4, 2, 1 apart; what it makes from one pair lies side by side.
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) b[i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      a[i] = _mm_unpacklo_epi8(b[i], b[i + 4]);
      a[4 + i] = _mm_unpackhi_epi8(b[i], b[i + 4]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const int from = 4 * (i / 2) + i % 2;
      b[2 * i] = _mm_unpacklo_epi8(a[from], a[from + 2]);
      b[2 * i + 1] = _mm_unpackhi_epi8(a[from], a[from + 2]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const int from = 4 * (i / 2) + i % 2;
      x[8 * part + 2 * i] = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(b[from], b[from + 2]));
      x[8 * part + 2 * i + 1] = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(b[from], b[from + 2]));
    }
  }
}

/// table[c0 + 3 c1 + 9 c2 + 27 c3] = sum of (c_i - 1) * x[8 (3 - i)]: part 3 sits in a byte's lowest bits.
TERN_INLINE void lookup_table(const __m256i* x, __m256i table[kTableEntries]) {
  const __m256i x0 = x[24], x1 = x[16], x2 = x[8], x3 = x[0];
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
#pragma GCC unroll 9
      for (int i = 0; i < 9; ++i) table[27 * c3 + 9 * c2 + i] = _mm256_add_epi16(low[i], high);
    }
  }
}

/// The table index of every byte of half a unit; code 3, which no loaded file holds, counts as 0.
TERN_INLINE __m256i lookup_index(__m256i bytes) {
  const __m256i low =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 0, 0, 0, 0));
  const __m256i high =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 9, 18, 0, 27, 36, 45, 0, 54, 63, 72, 0, 0, 0, 0, 0));
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i l = _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, nibble));
  const __m256i h = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
  return _mm256_add_epi8(l, h);
}

/// Where the entries of 16 rows lie, in bytes from the first table: offsets[row][table].
TERN_INLINE void lookup_offsets(const uint8_t* two_units, uint16_t* offsets) {
  enum { kEntryShift = 5, kTableBytes = kTableEntries << kEntryShift };
  const __m256i table =
      _mm256_setr_epi16(0, kTableBytes, 2 * kTableBytes, 3 * kTableBytes, 4 * kTableBytes, 5 * kTableBytes,
                        6 * kTableBytes, 7 * kTableBytes, 0, kTableBytes, 2 * kTableBytes, 3 * kTableBytes,
                        4 * kTableBytes, 5 * kTableBytes, 6 * kTableBytes, 7 * kTableBytes);
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    const __m256i first = lookup_index(load_half(two_units, half)),
                  second = lookup_index(load_half(two_units + 64, half));
    const __m256i rows[2] = {_mm256_unpacklo_epi32(first, second), _mm256_unpackhi_epi32(first, second)};
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {  // rows 2i and 2i + 1
      const __m128i pair = i < 2 ? _mm256_castsi256_si128(rows[i]) : _mm256_extracti128_si256(rows[i - 2], 1);
      const __m256i entry = _mm256_slli_epi16(_mm256_cvtepu8_epi16(pair), kEntryShift);
      _mm256_store_si256((__m256i*)(offsets + 64 * half + 16 * i), _mm256_add_epi16(entry, table));
    }
  }
}

/// sums[0] and sums[1] += the entries that the eight offsets of each of two rows choose.
TERN_INLINE void lookup_add_pair(const char* tables, const uint16_t* offsets, __m256i* sums) {
#define TERN_ENTRY(from, i) *(const __m256i*)(tables + (uint16_t)((from) >> (16 * (i))))
  __m256i a = sums[0], b = sums[1];
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    uint64_t of_a, of_b;
    __builtin_memcpy(&of_a, offsets + 4 * half, sizeof of_a);
    __builtin_memcpy(&of_b, offsets + 4 * half + kLookupTables, sizeof of_b);
    __asm__("" : "+r"(of_a), "+r"(of_b));  // else g++ loads each index by itself
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      a = _mm256_add_epi16(a, TERN_ENTRY(of_a, i));
      b = _mm256_add_epi16(b, TERN_ENTRY(of_b, i));
    }
  }
  sums[0] = a;
  sums[1] = b;
#undef TERN_ENTRY
}

/// The same for `rows` rows, an even number.
static void lookup_add(const void* tables, const uint16_t* offsets, int32_t rows, __m256i* sums,
                       void* state) {
  (void)state;  // see LookupAdd
  for (int32_t r = 0; r < rows; r += 2) {
    lookup_add_pair((const char*)tables, offsets + (size_t)r * kLookupTables, sums + r);
  }
}
/// lookup_add(), or one that does something else at the same time. `rows` is a multiple of 16.
typedef void (*LookupAdd)(const void* tables, const uint16_t* offsets, int32_t rows, __m256i* sums,
                          void* state);

/// wide += narrow; narrow = 0.
static void lookup_flush(LookupSums* sums, int32_t rows) {
  for (int32_t r = 0; r < rows; ++r) {
    const __m256i values = sums->narrow[r];
    const __m256i low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(values));
    const __m256i high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(values, 1));
    sums->wide[r][0] = _mm256_add_epi32(sums->wide[r][0], low);
    sums->wide[r][1] = _mm256_add_epi32(sums->wide[r][1], high);
    sums->narrow[r] = _mm256_setzero_si256();
  }
  sums->taken = _mm256_setzero_si256();
}

/// Adds the |x| of a k-block to what the narrow sums may hold, emptying them first where that could pass
/// 2^15.
TERN_INLINE void lookup_make_room(const __m256i x[kLookupColumns], LookupSums* sums, int32_t rows) {
  __m256i more = _mm256_setzero_si256();  // at most 32 * 127
  for (int i = 0; i < kLookupColumns; ++i) more = _mm256_add_epi16(more, _mm256_abs_epi16(x[i]));
  const __m256i taken = _mm256_add_epi16(sums->taken, more);
  if (_mm256_movemask_epi8(_mm256_srai_epi16(taken, 15)) != 0) lookup_flush(sums, rows);
  sums->taken = _mm256_add_epi16(sums->taken, more);
}

/// Rows n .. n+7 of 8 tokens from t. The sums count trits, so there is nothing to take off.
TERN_INLINE void lookup_store(const TernTernaryMatmul* args, int32_t n, int32_t t, const __m256i (*wide)[2],
                              int half) {
  const __m256 a = _mm256_loadu_ps(args->a + t), ws = _mm256_set1_ps(args->ws);
  __m256 y[8];
#pragma GCC unroll 8
  for (int r = 0; r < 8; ++r) {
    const __m256 product = _mm256_div_ps(_mm256_cvtepi32_ps(wide[r][half]), a);
    y[r] = args->divide != 0 ? _mm256_div_ps(product, ws) : _mm256_mul_ps(product, ws);
  }
  transpose_8x8(y);
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i exists = _mm256_cmpgt_epi32(_mm256_set1_epi32(args->n_end - n), lane);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    _mm256_maskstore_ps(args->y + (size_t)(t + i) * args->y_stride + (size_t)n, exists, y[i]);
  }
}

/// Of the rows from n on, those that share tables.
TERN_INLINE int32_t rows_of_panel(const TernTernaryMatmul* args, int32_t n) {
  const int32_t left = args->n_end - n;
  return left < kLookupRows ? left : (int32_t)kLookupRows;
}

/// At most kLookupRows rows from n, at most kLookupBlocks blocks of 16 tokens from t.
static __attribute__((noinline)) void lookup_rows(const TernTernaryMatmul* args, int32_t n, int32_t rows,
                                                  int32_t t, int32_t blocks, LookupAdd add, void* state) {
  alignas(64) __m256i tables[kLookupTables][kTableEntries];
  alignas(64) LookupSums sums[kLookupBlocks];
  alignas(64) uint16_t offsets[kLookupRows * kLookupTables];
  const int32_t whole = (rows + 15) / 16 * 16;  // groups are filled up with rows of trit 0
  for (int32_t b = 0; b < blocks; ++b) {
    __builtin_memset(sums[b].narrow, 0, (size_t)whole * sizeof sums[b].narrow[0]);
    __builtin_memset(sums[b].wide, 0, (size_t)whole * sizeof sums[b].wide[0]);
    sums[b].taken = _mm256_setzero_si256();
  }
  for (size_t u = 0; u < args->row_bytes / 4; u += 2) {
    const uint8_t* units = args->weights + (size_t)n * args->row_bytes + 64 * u;
    for (int32_t r = 0; r < whole; r += 16, units += 16 * args->row_bytes) {
      lookup_offsets(units, offsets + (size_t)r * kLookupTables);
    }
    for (int32_t b = 0; b < blocks; ++b) {
      const int8_t* q = args->q + (size_t)(t + kLookupTokens * b) * args->q_stride + u / 8 * 128 + u % 8 * 4;
      __m256i x[kLookupColumns];
      lookup_transpose(q, args->q_stride, x);
      lookup_make_room(x, &sums[b], whole);
      for (int i = 0; i < kLookupTables; ++i) lookup_table(x + i, tables[i]);
      add(tables, offsets, whole, sums[b].narrow, state);
    }
  }
  for (int32_t b = 0; b < blocks; ++b) {
    lookup_flush(&sums[b], whole);
    for (int32_t r = 0; r < rows; r += 8) {
      for (int half = 0; half < 2; ++half) {
        lookup_store(args, n + r, t + kLookupTokens * b + 8 * half, sums[b].wide + r, half);
      }
    }
  }
}
