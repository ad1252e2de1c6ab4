#include "train/cpu/swiglu_grad.h"

#include "kernels/exp.h"

namespace tern::train {

void swiglu_grad(const float* gate, const float* up, const float* dh, int64_t n, float* d_gate, float* d_up) {
  for (int64_t i = 0; i < n; ++i) {
    const float g = gate[i], u = up[i], d = dh[i];
    const float s = 1.0f / (1.0f + exp_f32(-g));
    d_gate[i] = ((s * (1.0f + g * (1.0f - s))) * u) * d;
    d_up[i] = (g * s) * d;
  }
}

}  // namespace tern::train
