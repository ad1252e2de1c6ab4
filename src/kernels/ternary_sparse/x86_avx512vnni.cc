#include "kernels/ternary_sparse/common.h"
#include "kernels/x86.h"

namespace {

// Codes stay where they are in their bytes: part p counts 4^(3-p) times, in sums of its own. At most 128 *
// 127 a product and 131,072 products: below 2^31.
inline __attribute__((always_inline)) char in_place(int part) {
  return static_cast<char>(3 << (6 - 2 * part));
}

/// Four rows of the list; a short last group repeats its last row. The rows after them are asked for
/// meanwhile: they lie too far apart for the hardware to see a stream.
void four_rows(const TernSparseRows* args, int64_t i) {
  const uint8_t *rows[4], *next[4];
  pick_rows(args, i, rows);
  pick_rows(args, i + kRowsAhead, next);
  __m256i sums[4][4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) sums[r][part] = _mm256_setzero_si256();
  }
  for (size_t b = 0; b < args->row_bytes; b += 32) {
    const int8_t* q = args->token.q + 4 * b;
    __m256i bytes[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      bytes[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[r] + b));
      _mm_prefetch(reinterpret_cast<const char*>(next[r] + b), _MM_HINT_T1);
    }
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) {
      const __m256i activations = _mm256_load_si256(reinterpret_cast<const __m256i*>(q + 32 * part));
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        const __m256i codes = _mm256_and_si256(bytes[r], _mm256_set1_epi8(in_place(part)));
        sums[r][part] = _mm256_dpbusd_epi32(sums[r][part], codes, activations);
      }
    }
  }
  for (int r = 0; r < 4 && i + r < args->end; ++r) {
    // Each lane is a multiple of its part's factor.
    const __m256i high = _mm256_add_epi32(_mm256_srai_epi32(sums[r][0], 6), _mm256_srai_epi32(sums[r][1], 4));
    const __m256i low = _mm256_add_epi32(_mm256_srai_epi32(sums[r][2], 2), sums[r][3]);
    args->y[args->list[i + r]] = sparse_result(&args->token, sum_of(_mm256_add_epi32(high, low)));
  }
}

inline __attribute__((always_inline)) __m512i load_column(const TernSparseColumns* args, int64_t chunk,
                                                          int64_t i) {
  return _mm512_load_si512(column_at(args, chunk, i < args->count ? i : args->count - 1));
}

/// q of columns i .. i+3 of the list, 0 for those that do not exist, in every lane.
inline __attribute__((always_inline)) __m512i four_q(const TernSparseColumns* args, int64_t i) {
  uint32_t four = 0;
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    if (i + c < args->count) {
      four |= static_cast<uint32_t>(static_cast<uint8_t>(args->token.q[args->list[i + c]])) << (8 * c);
    }
  }
  return _mm512_set1_epi32(static_cast<int32_t>(four));
}

/// Four columns at a time, their bytes interleaved so that a 32-bit lane holds one byte of each: register j,
/// lane l, belongs to byte m = 16 * (l / 4) + 4 * j + l % 4 of the chunk's 64.
void chunk_of_columns(const TernSparseColumns* args, int64_t chunk) {
  __m512i sums[4][4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) sums[j][part] = _mm512_setzero_si512();
  }
  for (int64_t i = 0; i < args->count; i += 4) {
    if (i + kColumnsAhead + 4 <= args->count) {
#pragma GCC unroll 4
      for (int c = 0; c < 4; ++c) {
        _mm_prefetch(reinterpret_cast<const char*>(column_at(args, chunk, i + kColumnsAhead + c)),
                     _MM_HINT_T1);
      }
    }
    const __m512i a = load_column(args, chunk, i), b = load_column(args, chunk, i + 1);
    const __m512i c = load_column(args, chunk, i + 2), d = load_column(args, chunk, i + 3);
    const __m512i ab[2] = {_mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b)};
    const __m512i cd[2] = {_mm512_unpacklo_epi8(c, d), _mm512_unpackhi_epi8(c, d)};
    const __m512i bytes[4] = {_mm512_unpacklo_epi16(ab[0], cd[0]), _mm512_unpackhi_epi16(ab[0], cd[0]),
                              _mm512_unpacklo_epi16(ab[1], cd[1]), _mm512_unpackhi_epi16(ab[1], cd[1])};
    const __m512i q = four_q(args, i);
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) {
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const __m512i codes = _mm512_and_si512(bytes[j], _mm512_set1_epi8(in_place(part)));
        sums[j][part] = _mm512_dpbusd_epi32(sums[j][part], codes, q);
      }
    }
  }
  int32_t results[64][4];
  for (int j = 0; j < 4; ++j) {
    for (int part = 0; part < 4; ++part) {
      alignas(64) int32_t lanes[16];
      _mm512_store_si512(lanes, sums[j][part]);
      for (int l = 0; l < 16; ++l) results[16 * (l / 4) + 4 * j + l % 4][part] = lanes[l] >> (6 - 2 * part);
    }
  }
  store_chunk(args, chunk, results);
}

}  // namespace

void ternary_rows_i8_t2_i32_4_avx512vnni(const TernSparseRows* args) {
  for (int64_t i = args->begin; i < args->end; i += 4) four_rows(args, i);
}

void ternary_columns_i8_t2_i32_4_avx512vnni(const TernSparseColumns* args) {
  for (int64_t chunk = args->chunk_begin; chunk < args->chunk_end; ++chunk) chunk_of_columns(args, chunk);
}
