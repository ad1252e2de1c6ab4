#include "kernels/arm_trits.h"
#include "kernels/ternary_sparse/common.h"

enum { kRows = 4 };
// |code * q| <= 2*127 = 254, and an int16 lane takes 16 products a block: 8 * 16 * 254 = 32,512 < 2^15.
enum { kBlocksPerWidening = 8 };

/// Four rows of the list; a short last group repeats its last row.
static void four_rows(const TernSparseRows* args, int64_t i) {
  const uint8_t* rows[kRows];
  pick_rows(args, i, rows);
  const size_t blocks = args->row_bytes / 32;
  int32x4_t wide[kRows];
  for (int r = 0; r < kRows; ++r) wide[r] = vdupq_n_s32(0);
  for (size_t begin = 0; begin < blocks; begin += kBlocksPerWidening) {
    const size_t end = blocks - begin < kBlocksPerWidening ? blocks : begin + kBlocksPerWidening;
    int16x8_t narrow[kRows];
    for (int r = 0; r < kRows; ++r) narrow[r] = vdupq_n_s16(0);
    for (size_t half = 2 * begin; half < 2 * end; ++half) {
      const int8_t* q = args->token.q + half / 2 * 128 + half % 2 * 16;
      for (int part = 0; part < 4; ++part) {
        const int8x16_t activations = vld1q_s8(q + 32 * part);
        for (int r = 0; r < kRows; ++r) {
          const int8x16_t codes = codes_of(vld1q_u8(rows[r] + 16 * half), part);
          narrow[r] = vmlal_s8(narrow[r], vget_low_s8(codes), vget_low_s8(activations));
          narrow[r] = vmlal_high_s8(narrow[r], codes, activations);
        }
      }
    }
    for (int r = 0; r < kRows; ++r) wide[r] = vpadalq_s16(wide[r], narrow[r]);
  }
  for (int r = 0; r < kRows && i + r < args->end; ++r) {
    args->y[args->list[i + r]] = sparse_result(&args->token, vaddvq_s32(wide[r]));
  }
}

// An int16 lane takes one product of at most 254 a column.
enum { kColumnsPerWidening = 128 };

/// Bytes [16 * quarter, 16 * quarter + 16) of the chunk's columns.
static void quarter_chunk(const TernSparseColumns* args, int64_t chunk, int quarter, int32_t (*sums)[4]) {
  for (int64_t begin = 0; begin < args->count; begin += kColumnsPerWidening) {
    const int64_t end = args->count - begin < kColumnsPerWidening ? args->count : begin + kColumnsPerWidening;
    int16x8_t acc[4][2];
    for (int part = 0; part < 4; ++part) acc[part][0] = acc[part][1] = vdupq_n_s16(0);
    for (int64_t i = begin; i < end; ++i) {
      const uint8x16_t bytes = vld1q_u8(column_at(args, chunk, i) + 16 * quarter);
      const int8x8_t q = vdup_n_s8(args->token.q[args->list[i]]);
      for (int part = 0; part < 4; ++part) {
        const int8x16_t codes = codes_of(bytes, part);
        acc[part][0] = vmlal_s8(acc[part][0], vget_low_s8(codes), q);
        acc[part][1] = vmlal_s8(acc[part][1], vget_high_s8(codes), q);
      }
    }
    for (int part = 0; part < 4; ++part) {
      int16_t values[16];
      vst1q_s16(values, acc[part][0]);
      vst1q_s16(values + 8, acc[part][1]);
      for (int m = 0; m < 16; ++m) sums[16 * quarter + m][part] += values[m];
    }
  }
}

extern "C" void ternary_rows_i8_t2_i32_4_neon(const TernSparseRows* args) {
  for (int64_t i = args->begin; i < args->end; i += kRows) four_rows(args, i);
}

extern "C" void ternary_columns_i8_t2_i32_1_neon(const TernSparseColumns* args) {
  for (int64_t chunk = args->chunk_begin; chunk < args->chunk_end; ++chunk) {
    int32_t sums[64][4] = {};
    for (int quarter = 0; quarter < 4; ++quarter) quarter_chunk(args, chunk, quarter, sums);
    store_chunk(args, chunk, sums);
  }
}
