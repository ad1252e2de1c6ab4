// The definition: every other kernel of this op gives the bits of these two.
#include "kernels/ternary_sparse/common.h"

namespace {

int code_at(uint8_t byte, int part) {
  return (byte >> (6 - 2 * part)) & 3;
}

}  // namespace

void ternary_rows_i8_t2_i32_1_scalar(const TernSparseRows* args) {
  for (int64_t i = args->begin; i < args->end; ++i) {
    const uint8_t* row = args->rows + static_cast<size_t>(args->list[i]) * args->row_bytes;
    int32_t sum = 0;
    for (size_t b = 0; b < args->row_bytes; ++b) {
      const int8_t* q = args->token.q + b / 32 * 128 + b % 32;
      for (int part = 0; part < 4; ++part) sum += code_at(row[b], part) * q[32 * part];
    }
    args->y[args->list[i]] = sparse_result(&args->token, sum);
  }
}

void ternary_columns_i8_t2_i32_1_scalar(const TernSparseColumns* args) {
  for (int64_t chunk = args->chunk_begin; chunk < args->chunk_end; ++chunk) {
    int32_t sums[64][4] = {};
    for (int64_t i = 0; i < args->count; ++i) {
      const uint8_t* column = column_at(args, chunk, i);
      for (int m = 0; m < 64; ++m) {
        for (int part = 0; part < 4; ++part) {
          sums[m][part] += code_at(column[m], part) * args->token.q[args->list[i]];
        }
      }
    }
    store_chunk(args, chunk, sums);
  }
}
