#pragma once
// BitLinear of one token that reads only part of the weights (docs/numerics.md rule 8): same integers, same
// bits as ternary_matmul, because what is left out is 0 or not asked for. C-like (rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The token: q as in TernTernaryMatmul, one row.
typedef struct TernSparseToken {
  const int8_t* q;  ///< [K padded to 128], 64-byte aligned, zero beyond K
  int32_t q_sum;
  float a;
  float ws;
  int32_t divide;
} TernSparseToken;

/// y[list[i]] for i in [begin, end): rows with an open gate.
typedef struct TernSparseRows {
  TernSparseToken token;
  const uint8_t* rows;  ///< t2 rows, [N, row_bytes], no alignment promised
  size_t row_bytes;
  const int32_t* list;  ///< row numbers
  int64_t begin, end;
  float* y;  ///< [N]
} TernSparseRows;
typedef void (*TernSparseRowsFn)(const TernSparseRows*);

/// Rows 256 a chunk that a column's 64 bytes hold.
enum { TERN_COLUMN_CHUNK = 256 };

/// y[n] for the rows of chunks [chunk_begin, chunk_end): columns whose input is not 0. `list` names every k
/// with q[k] != 0, ascending.
typedef struct TernSparseColumns {
  TernSparseToken token;
  const uint8_t*
      columns;   ///< t2 column chunks (ternary/t2_transpose.cc): [ceil(N/256), K, 64], 64-byte aligned
  int64_t k, n;  ///< K <= 131,072
  const int32_t* list;
  int64_t count;
  int64_t chunk_begin, chunk_end;
  float* y;  ///< [N]
} TernSparseColumns;
typedef void (*TernSparseColumnsFn)(const TernSparseColumns*);

#define TERN_KERNEL_ROWS(name, min_isa) void name(const TernSparseRows* args);
#define TERN_KERNEL_COLUMNS(name, min_isa) void name(const TernSparseColumns* args);
#include "kernels/ternary_sparse/kernels.inc"
#undef TERN_KERNEL_ROWS
#undef TERN_KERNEL_COLUMNS

#ifdef __cplusplus
}
#endif
