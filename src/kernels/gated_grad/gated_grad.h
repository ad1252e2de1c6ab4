#pragma once
// The derivative of squared ReLU's gate (kernels/gated), for training. C-like (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// n elements: from dh, the derivative with respect to h = relu2(gate) * up, those with respect to gate and
/// up:
///   gate <= 0: +0 and +0; else d_gate = ((gate + gate) * up) * dh, d_up = (gate * gate) * dh
/// d_gate may be gate or dh, d_up may be up or dh, but not both dh.
typedef void (*TernGatedGradFn)(const float* gate, const float* up, const float* dh, int64_t n, float* d_gate,
                                float* d_up);

#define TERN_KERNEL(name, min_isa) \
  void name(const float* gate, const float* up, const float* dh, int64_t n, float* d_gate, float* d_up);
#include "kernels/gated_grad/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
