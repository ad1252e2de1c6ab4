#define TERN_VECTOR_BYTES 64
#include "kernels/ternary_grad/x86_rows.h"

void ternary_grad_f32_lookup4_f32_16_avx512vnni(const TernTernaryGrad* args) {
  ternary_grad(args);
}
