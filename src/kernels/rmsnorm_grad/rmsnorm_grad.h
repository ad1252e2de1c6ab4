#pragma once
// The derivative of RMSNorm (kernels/rmsnorm), for training. C-like (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One row of n: from dy, what the loss's derivative is with respect to y = (x * r) * w, that with respect to
/// x, and what the row adds to that with respect to w. Sums by rule 3:
///   r = 1 / sqrtf(sum(x * x) / n + eps);  g_i = dy_i * w_i;  c = ((sum(g * x) * r) * r) / n
///   dx_i = (g_i - x_i * c) * r;  dw_i = dw_i + dy_i * (x_i * r)
/// dx may be dy or x.
typedef void (*TernRmsNormGradFn)(const float* x, const float* w, const float* dy, float eps, int64_t n,
                                  float* dx, float* dw);

#define TERN_KERNEL(name, min_isa) \
  void name(const float* x, const float* w, const float* dy, float eps, int64_t n, float* dx, float* dw);
#include "kernels/rmsnorm_grad/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
