// The definition: every other ternary_matmul kernel gives the bits of this one.
//
//   t2 block, byte m (0..31):   bit 7 6 | 5 4 | 3 2 | 1 0
//   code of element               m     m+32  m+64  m+96        trit = code - 1
#include "kernels/ternary_matmul/ternary_matmul.h"

namespace {

int trit_at(const uint8_t* row, int64_t k) {
  const int64_t block = k / 128, element = k % 128;
  const int shift = static_cast<int>(6 - 2 * (element / 32));
  return ((row[32 * block + element % 32] >> shift) & 3) - 1;
}

}  // namespace

void ternary_matmul_i8_t2_i32_1x1_scalar(const TernTernaryMatmul* args) {
  const auto k_padded = static_cast<int64_t>(args->row_bytes) * 4;  // q is zero beyond K
  for (int32_t t = 0; t < args->tokens; ++t) {
    const int8_t* q = args->q + static_cast<size_t>(t) * args->q_stride;
    for (int32_t n = args->n_begin; n < args->n_end; ++n) {
      const uint8_t* row = args->weights + static_cast<size_t>(n) * args->row_bytes;
      int32_t sum = 0;
      for (int64_t k = 0; k < k_padded; ++k) sum += trit_at(row, k) * q[k];
      const float scaled = static_cast<float>(sum) / args->a[t];
      args->y[static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n)] =
          args->divide != 0 ? scaled / args->ws : scaled * args->ws;
    }
  }
}
