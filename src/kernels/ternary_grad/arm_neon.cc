#include <arm_neon.h>
#define TERN_VECTOR_BYTES 16
#include "kernels/ternary_grad/tables.h"

TERN_INLINE void transpose_16x16(const float* from, size_t stride, float* to) {
  for (int row = 0; row < 16; row += 4) {
    for (int column = 0; column < 16; column += 4) {
      float32x4_t m[4];
      for (int i = 0; i < 4; ++i) m[i] = vld1q_f32(from + (size_t)(column + i) * stride + row);
      const float32x4x2_t a = vtrnq_f32(m[0], m[1]), b = vtrnq_f32(m[2], m[3]);
      for (int i = 0; i < 2; ++i) {
        vst1q_f32(to + 16 * (row + i) + column, vcombine_f32(vget_low_f32(a.val[i]), vget_low_f32(b.val[i])));
        vst1q_f32(to + 16 * (row + 2 + i) + column,
                  vcombine_f32(vget_high_f32(a.val[i]), vget_high_f32(b.val[i])));
      }
    }
  }
}

extern "C" void ternary_grad_f32_lookup4_f32_16_neon(const TernTernaryGrad* args) {
  ternary_grad(args);
}
