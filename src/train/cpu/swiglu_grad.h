#pragma once
#include <cstdint>

namespace tern::train {

/// As kernels/gated_grad, of h = silu(gate) * up: with s = 1 / (1 + exp(-gate)),
///   d_gate = ((s * (1 + gate * (1 - s))) * up) * dh, d_up = (gate * s) * dh
/// d_gate may be gate or dh, d_up may be up or dh, but not both dh. exp of kernels/exp.h.
void swiglu_grad(const float* gate, const float* up, const float* dh, int64_t n, float* d_gate, float* d_up);

}  // namespace tern::train
