// FEAT_DotProd: 16 rows by up to 4 tokens.
#include "kernels/ternary_matmul/arm_sdot.h"

extern "C" void ternary_matmul_i8_t2x16_i32_16x4_dotprod(const TernTernaryMatmul* args) {
  for (int32_t n = args->n_begin; n < args->n_end; n += 16) {
    int32_t t = 0;
    for (; t + 4 <= args->tokens; t += 4) sdot_tile(args, n, t, 4);
    for (; t + 2 <= args->tokens; t += 2) sdot_tile(args, n, t, 2);
    if (t < args->tokens) sdot_tile(args, n, t, 1);
  }
}
