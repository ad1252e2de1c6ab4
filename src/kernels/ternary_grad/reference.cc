// The definition: every other ternary_grad kernel gives the bits of this one.
#include "kernels/ternary_grad/ternary_grad.h"

namespace {

/// Row `n` of column k: its trit times dy[t, n], as the contract has it.
float term(const TernTernaryGrad* args, int64_t t, int64_t n, int64_t k) {
  if (n >= args->n) return 0.0f;
  const int64_t strip = n / 16, table = n % 16 / 4;
  int entry = args->offsets[(strip * args->k + k) * 4 + table] / 64 - 81 * static_cast<int>(table);
  for (int64_t place = 0; place < n % 4; ++place) entry /= 3;
  const float value = args->dy[static_cast<size_t>(t) * args->dy_stride + static_cast<size_t>(n)];
  const int trit = entry % 3 - 1;
  return trit == 0 ? 0.0f : trit > 0 ? value : 0.0f - value;
}

}  // namespace

void ternary_grad_f32_lookup4_f32_scalar(const TernTernaryGrad* args) {
  for (int64_t t = 0; t < args->tokens; ++t) {
    for (int64_t k = args->k_begin; k < args->k_end; ++k) {
      float sum = 0.0f;
      for (int64_t n = 0; n < args->n; n += 4) {
        sum = sum + ((term(args, t, n, k) + term(args, t, n + 1, k)) +
                     (term(args, t, n + 2, k) + term(args, t, n + 3, k)));
      }
      float* const dx = args->dx + static_cast<size_t>(t) * args->dx_stride + k;
      *dx = args->accumulate != 0 ? *dx + sum * args->ws : sum * args->ws;
    }
  }
}
