#include "kernels/ternary_matmul/x86_avx512_tiles.h"

void ternary_matmul_i8_t2x16_i32_32x8_avx512vnni(const TernTernaryMatmul* args) {
  tiles(args, args->n_begin, args->n_end, 0, args->tokens);
}
