#include "kernels/ternary_sparse/common.h"
#include "kernels/x86.h"

namespace {

template <int kPart>
inline __attribute__((always_inline)) __m256i codes_of(__m256i bytes) {
  const __m256i shifted = kPart == 3 ? bytes : _mm256_srli_epi16(bytes, 6 - 2 * kPart);
  return _mm256_and_si256(shifted, _mm256_set1_epi8(3));
}

template <int kPart>
inline __attribute__((always_inline)) void add_part(const __m256i* bytes, const int8_t* q, __m256i* acc) {
  const __m256i activations = _mm256_load_si256(reinterpret_cast<const __m256i*>(q + 32 * kPart));
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    acc[r] = _mm256_add_epi16(acc[r], _mm256_maddubs_epi16(codes_of<kPart>(bytes[r]), activations));
  }
}

/// Four rows of the list; a short last group repeats its last row. The rows after them are asked for
/// meanwhile: they lie too far apart for the hardware to see a stream.
void four_rows(const TernSparseRows* args, int64_t i) {
  // A block adds at most 4 * 2 * (2 * 127) = 2,032 to an int16: 8 blocks stay below 32,768.
  constexpr size_t kBlocksPerFlush = 8;
  const uint8_t *rows[4], *next[4];
  pick_rows(args, i, rows);
  pick_rows(args, i + kRowsAhead, next);
  const __m256i ones = _mm256_set1_epi16(1);
  const size_t blocks = args->row_bytes / 32;
  __m256i sums[4];
  for (int r = 0; r < 4; ++r) sums[r] = _mm256_setzero_si256();
  for (size_t first = 0; first < blocks; first += kBlocksPerFlush) {
    const size_t last = blocks - first < kBlocksPerFlush ? blocks : first + kBlocksPerFlush;
    __m256i acc[4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) acc[r] = _mm256_setzero_si256();
    for (size_t b = first; b < last; ++b) {
      __m256i bytes[4];
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        bytes[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[r] + 32 * b));
        _mm_prefetch(reinterpret_cast<const char*>(next[r] + 32 * b), _MM_HINT_T1);
      }
      const int8_t* q = args->token.q + 128 * b;
      add_part<0>(bytes, q, acc);
      add_part<1>(bytes, q, acc);
      add_part<2>(bytes, q, acc);
      add_part<3>(bytes, q, acc);
    }
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(acc[r], ones));
  }
  for (int r = 0; r < 4 && i + r < args->end; ++r) {
    args->y[args->list[i + r]] = sparse_result(&args->token, sum_of(sums[r]));
  }
}

// An int16 of a column pair's takes at most 2 * 2 * 127 = 508 a pair: 64 pairs stay below 32,768.
constexpr int64_t kPairsPerFlush = 64;

/// acc[part][half of the 32 bytes] += codes of one pair of columns, interleaved byte by byte, times its two
/// q.
inline __attribute__((always_inline)) void add_pair(__m256i a, __m256i b, __m256i q, __m256i (*acc)[2]) {
  const __m256i pair[2] = {_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)};
#pragma GCC unroll 2
  for (int h = 0; h < 2; ++h) {
    acc[0][h] = _mm256_add_epi16(acc[0][h], _mm256_maddubs_epi16(codes_of<0>(pair[h]), q));
    acc[1][h] = _mm256_add_epi16(acc[1][h], _mm256_maddubs_epi16(codes_of<1>(pair[h]), q));
    acc[2][h] = _mm256_add_epi16(acc[2][h], _mm256_maddubs_epi16(codes_of<2>(pair[h]), q));
    acc[3][h] = _mm256_add_epi16(acc[3][h], _mm256_maddubs_epi16(codes_of<3>(pair[h]), q));
  }
}

/// sums[m][part] += acc, whose int16 i of half h belongs to byte m = 16 * (i / 8) + 8 * h + i % 8.
void flush(const __m256i (*acc)[2], int32_t (*sums)[4]) {
  for (int part = 0; part < 4; ++part) {
    for (int h = 0; h < 2; ++h) {
      alignas(32) int16_t values[16];
      _mm256_store_si256(reinterpret_cast<__m256i*>(values), acc[part][h]);
      for (int i = 0; i < 16; ++i) sums[16 * (i / 8) + 8 * h + i % 8][part] += values[i];
    }
  }
}

/// Bytes [32 * side, 32 * side + 32) of the chunk's columns.
void half_chunk(const TernSparseColumns* args, int64_t chunk, int side, int32_t (*sums)[4]) {
  for (int64_t first = 0; first < args->count; first += 2 * kPairsPerFlush) {
    const int64_t last = args->count - first < 2 * kPairsPerFlush ? args->count : first + 2 * kPairsPerFlush;
    __m256i acc[4][2];
#pragma GCC unroll 4
    for (int part = 0; part < 4; ++part) acc[part][0] = acc[part][1] = _mm256_setzero_si256();
    for (int64_t i = first; i < last; i += 2) {
      const bool two = i + 1 < last;
      const int64_t ahead = i + kColumnsAhead + 1 < args->count ? i + kColumnsAhead : i;
      _mm_prefetch(reinterpret_cast<const char*>(column_at(args, chunk, ahead)), _MM_HINT_T1);
      if (two) _mm_prefetch(reinterpret_cast<const char*>(column_at(args, chunk, ahead + 1)), _MM_HINT_T1);
      const auto load = [=](int64_t j) __attribute__((always_inline)) {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(column_at(args, chunk, j) + 32 * side));
      };
      const int q0 = args->token.q[args->list[i]], q1 = two ? args->token.q[args->list[i + 1]] : 0;
      const auto q = static_cast<int16_t>((q0 & 0xff) | q1 * 256);
      add_pair(load(i), load(two ? i + 1 : i), _mm256_set1_epi16(q), acc);
    }
    flush(acc, sums + 32 * side);
  }
}

}  // namespace

void ternary_rows_i8_t2_i32_4_avx2(const TernSparseRows* args) {
  for (int64_t i = args->begin; i < args->end; i += 4) four_rows(args, i);
}

void ternary_columns_i8_t2_i32_2_avx2(const TernSparseColumns* args) {
  for (int64_t chunk = args->chunk_begin; chunk < args->chunk_end; ++chunk) {
    int32_t sums[64][4] = {};
    half_chunk(args, chunk, 0, sums);
    half_chunk(args, chunk, 1, sums);
    store_chunk(args, chunk, sums);
  }
}
