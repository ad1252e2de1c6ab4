#pragma once
// The rotation of rotary embedding. C-like (docs/numerics.md rule 11).
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Rotates one head in place: x_i' = x_i*cos - x_j*sin, x_j' = x_j*cos + x_i*sin (j = i + d/2), each as
/// fma(x_i, cos, -(x_j * sin)) and fma(x_j, cos, x_i * sin). cos_sin is what RopeTable::angles gives.
typedef void (*TernRopeRotateFn)(float* x, const float* cos_sin, int64_t head_dim);

#define TERN_KERNEL(name, min_isa) void name(float* x, const float* cos_sin, int64_t head_dim);
#include "kernels/rope/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
