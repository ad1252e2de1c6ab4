#define TERN_DPBUSD _mm256_dpbusd_avx_epi32
#include "kernels/ternary_matmul/x86_avxvnni.h"

void ternary_matmul_i8_t2x16_i32_16x4_avxvnni(const TernTernaryMatmul* args) {
  matmul(args);
}
