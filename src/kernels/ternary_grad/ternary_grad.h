#pragma once
// dx[t,k] = ws * sum_n dy[t,n] * trit[n,k]      (the input gradient of BitLinear, y = x W^T with W = trit *
// ws) C-like: ISA files include only this, stdint and intrinsics (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Sums run over groups of four rows, ascending, one chain from +0:
///   sum = sum + ((s0 + s1) + (s2 + s3)), s_i = dy[t, 4g + i], +0 - dy[t, 4g + i] or +0 as the trit is 1, -1
///   or 0.
/// Rows beyond N count as +0. Then dx = sum * ws, or dx + sum * ws (two roundings). So the bits depend
/// neither on threads nor on the kernel. No aliasing. Columns [k_begin, k_end) of dx are written, for every
/// t.
typedef struct TernTernaryGrad {
  const uint16_t* offsets;  ///< lookup4 (ternary/lookup4.cc): [ceil(N/16), K, 4]
  int64_t n, k;             ///< N rows, K columns of the matrix
  const float* dy;          ///< [T, dy_stride]
  size_t dy_stride;
  float ws;            ///< weight scale
  int32_t tokens;      ///< T >= 1
  int32_t accumulate;  ///< 0: dx = ..; 1: dx += ..
  int64_t k_begin, k_end;
  float* dx;  ///< [T, dx_stride]
  size_t dx_stride;
} TernTernaryGrad;

typedef void (*TernTernaryGradFn)(const TernTernaryGrad*);

#define TERN_KERNEL(name, min_isa) void name(const TernTernaryGrad* args);
#include "kernels/ternary_grad/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
