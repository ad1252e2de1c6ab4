// The definition: every other gated_grad kernel gives the bits of this one.
#include "kernels/gated_grad/gated_grad.h"

void relu2_grad_f32_scalar(const float* gate, const float* up, const float* dh, int64_t n, float* d_gate,
                           float* d_up) {
  for (int64_t i = 0; i < n; ++i) {
    const float g = gate[i], u = up[i], d = dh[i];
    d_gate[i] = g <= 0 ? 0.0f : ((g + g) * u) * d;
    d_up[i] = g <= 0 ? 0.0f : (g * g) * d;
  }
}
