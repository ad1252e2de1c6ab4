// The definition: every other rope_rotate kernel gives the bits of this one.
#include <cmath>

#include "kernels/rope/rotate.h"

void rope_rotate_scalar(float* x, const float* cos_sin, int64_t head_dim) {
  const int64_t half = head_dim / 2;
  for (int64_t i = 0; i < half; ++i) {
    const float cosine = cos_sin[i], sine = cos_sin[half + i];
    const float low = x[i], high = x[half + i];
    x[i] = std::fma(low, cosine, -(high * sine));
    x[half + i] = std::fma(high, cosine, low * sine);
  }
}
