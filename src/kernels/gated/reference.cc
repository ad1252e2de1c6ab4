// The definition: every other gated kernel gives the bits of these three.
#include <cmath>

#include "kernels/exp.h"
#include "kernels/gated/gated.h"

void relu2_f32_scalar(const float* gate, const float* up, int64_t n, float* h) {
  for (int64_t i = 0; i < n; ++i) h[i] = gate[i] <= 0 ? 0.0f : (gate[i] * gate[i]) * up[i];
}

void swiglu_f32_scalar(const float* gate, const float* up, int64_t n, float* h) {
  for (int64_t i = 0; i < n; ++i) h[i] = (gate[i] / (1.0f + tern::exp_f32(-gate[i]))) * up[i];
}

void geglu_f32_scalar(const float* gate, const float* up, int64_t n, float* h) {
  for (int64_t i = 0; i < n; ++i) {
    const float twice = gate[i] * std::fma(gate[i] * gate[i], TERN_GELU_CUBIC, TERN_GELU_LINEAR);
    h[i] = (gate[i] / (1.0f + tern::exp_f32(-twice))) * up[i];
  }
}
