#pragma once
// y[t,n] = float(sum_k trit[n,k] * q[t,k]) / a[t] * ws      (BitLinear, docs/numerics.md rule 4)
// C-like: ISA files include only this, stdint and intrinsics (rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Weights: t2x16 packing (ternary/t2x16.cc): rows in groups of 16, K padded to 128 with trit 0, the last
/// group padded with rows of trit 0; 64-byte aligned. Activations q: int8 in [-127, 127], [T, q_stride],
/// q_stride a multiple of 128, 64-byte aligned, zero beyond K. The integer sum is exact for K <= 131072. No
/// aliasing. Rows [n_begin, n_end) of y are written, for every t.
typedef struct TernTernaryMatmul {
  const uint8_t* weights;  ///< [ceil(N/16), row_bytes/4, 16, 4]
  size_t row_bytes;        ///< 32 * ceil(K/128)
  const int8_t* q;         ///< [T, q_stride]
  size_t q_stride;
  const int32_t* q_sum;  ///< [T] sum of q over k (codes are trit+1)
  const float* a;        ///< [T] activation scale 127/absmax
  float ws;              ///< weight scale
  int32_t divide;        ///< 0: y = acc/a*ws; 1: y = acc/a/ws (bitlinear convention)
  int32_t tokens;        ///< T >= 1
  int32_t n_begin;       ///< a multiple of 16
  int32_t n_end;         ///< a multiple of 16, or N
  float* y;              ///< [T, y_stride]
  size_t y_stride;
} TernTernaryMatmul;

typedef void (*TernTernaryMatmulFn)(const TernTernaryMatmul*);

#define TERN_KERNEL(name, min_isa) void name(const TernTernaryMatmul* args);
#include "kernels/ternary_matmul/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
