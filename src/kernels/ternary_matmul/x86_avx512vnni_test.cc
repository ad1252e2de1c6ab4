// The AVX-VNNI kernel in the encoding that machines with AVX-512 alone can run: what ternary_matmul_test.cc
// tests there.
#define TERN_DPBUSD _mm256_dpbusd_epi32
#include "kernels/ternary_matmul/x86_avxvnni.h"

void ternary_matmul_avxvnni_body_evex(const TernTernaryMatmul* args) {
  matmul(args);
}
