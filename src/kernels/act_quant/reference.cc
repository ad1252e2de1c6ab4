// The definition: every other act_quant kernel gives the bits of these two.
#include <algorithm>
#include <bit>
#include <cmath>

#include "kernels/act_quant/act_quant.h"

namespace {

constexpr uint32_t kInfinityBits = 0x7f800000u;

/// Bits of the greatest |x|. Non-negative floats order as their bits do, and an infinity or NaN tops them
/// all.
uint32_t absmax_bits(const float* x, int64_t n) {
  uint32_t greatest = 0;
  for (int64_t i = 0; i < n; ++i) greatest = std::max(greatest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffffu);
  return greatest;
}

/// q of n elements; returns their sum. nearbyint rounds half to even in the default mode (rule 1).
int32_t quantize(const float* x, int64_t n, float factor, int8_t* q) {
  int32_t sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const float rounded = std::nearbyint(x[i] * factor);
    q[i] = static_cast<int8_t>(std::clamp(rounded, -127.0f, 127.0f));
    sum += q[i];
  }
  return sum;
}

}  // namespace

int32_t act_quant_f32_i8_scalar(const float* x, int64_t k, int8_t* q, int64_t q_padded, float* a,
                                int32_t* q_sum) {
  const uint32_t greatest = absmax_bits(x, k);
  if (greatest >= kInfinityBits) return 1;
  *a = 127.0f / std::max(std::bit_cast<float>(greatest), 1e-5f);
  *q_sum = quantize(x, k, *a, q);
  std::fill(q + k, q + q_padded, int8_t{0});
  return 0;
}

int32_t act_quant_blocks_f32_i8_scalar(const float* x, int64_t k, int8_t* q, float* d, int32_t* q_sum) {
  for (int64_t b = 0; b < k / 32; ++b) {
    const uint32_t greatest = absmax_bits(x + 32 * b, 32);
    if (greatest >= kInfinityBits) return 1;
    const float absmax = std::bit_cast<float>(greatest);
    const float inverse = absmax > 0 ? 127.0f / absmax : 0.0f;
    const bool zero = std::bit_cast<uint32_t>(inverse) >= kInfinityBits;  // absmax too small to divide by
    d[b] = zero ? 0.0f : absmax / 127.0f;
    q_sum[b] = quantize(x + 32 * b, 32, zero ? 0.0f : inverse, q + 32 * b);
  }
  return 0;
}
