#pragma once
// Gated activations of the FFN. C-like (docs/numerics.md rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TERN_GELU_LINEAR 0x1.988454p+0f  // 2 * sqrt(2 / pi)
#define TERN_GELU_CUBIC 0x1.2444f2p-4f   // 0.044715 times that

/// h_i over n elements; h may be gate or up.
///   relu2:  h = gate <= 0 ? +0 : (gate*gate)*up; a NaN gate propagates (rule 8)
///   swiglu: h = (gate / (1 + exp(-gate))) * up, exp from kernels/exp.h (rule 2)
///   geglu:  h = (gate / (1 + exp(-t))) * up,
///           t = gate * fma(gate*gate, TERN_GELU_CUBIC, TERN_GELU_LINEAR): the tanh form
///           of GELU, since (1 + tanh(t / 2)) / 2 = 1 / (1 + exp(-t))
typedef void (*TernGatedFn)(const float* gate, const float* up, int64_t n, float* h);

#define TERN_KERNEL_RELU2(name, min_isa) void name(const float* gate, const float* up, int64_t n, float* h);
#define TERN_KERNEL_SWIGLU(name, min_isa) void name(const float* gate, const float* up, int64_t n, float* h);
#define TERN_KERNEL_GEGLU(name, min_isa) void name(const float* gate, const float* up, int64_t n, float* h);
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_KERNEL_GEGLU

#ifdef __cplusplus
}
#endif
