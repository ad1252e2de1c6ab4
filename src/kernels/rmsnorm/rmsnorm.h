#pragma once
// y = (x * (1/sqrt(mean(x^2) + eps))) * w, sum of squares by rule 3. C-like (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One row of n; y may be x. ss by rule 3; m = ss / float(n); r = 1.0f / sqrtf(m + eps); y_i = (x_i * r) *
/// w_i.
typedef void (*TernRmsNormFn)(const float* x, const float* w, float eps, int64_t n, float* y);

#define TERN_KERNEL(name, min_isa) void name(const float* x, const float* w, float eps, int64_t n, float* y);
#include "kernels/rmsnorm/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
