// The definition: every other ternary_matmul kernel gives the bits of this one.
//
//   piece u (4 bytes) of row n in its group of 16; its byte j is byte m = 4(u%8) + j of block u/8:
//   bit               7 6 | 5 4  | 3 2  | 1 0
//   code of element    m    m+32   m+64   m+96        trit = code - 1
#include "kernels/ternary_matmul/ternary_matmul.h"

namespace {

int trit_at(const TernTernaryMatmul* args, int32_t n, int64_t k) {
  const int64_t m = k % 32, part = k % 128 / 32, unit = k / 128 * 8 + m / 4;
  const uint8_t* group = args->weights + static_cast<size_t>(n / 16) * 16 * args->row_bytes;
  return ((group[64 * unit + 4 * (n % 16) + m % 4] >> (6 - 2 * part)) & 3) - 1;
}

}  // namespace

void ternary_matmul_i8_t2x16_i32_1x1_scalar(const TernTernaryMatmul* args) {
  const auto k_padded = static_cast<int64_t>(args->row_bytes) * 4;  // q is zero beyond K
  for (int32_t t = 0; t < args->tokens; ++t) {
    const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
    for (int32_t n = args->n_begin; n < args->n_end; ++n) {
      int32_t sum = 0;
      for (int64_t k = 0; k < k_padded; ++k) sum += trit_at(args, n, k) * q[k];
      const float scaled = static_cast<float>(sum) / args->a[t];
      args->y[static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n)] =
          args->divide != 0 ? scaled / args->ws : scaled * args->ws;
    }
  }
}
