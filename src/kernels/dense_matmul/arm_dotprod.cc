// FEAT_DotProd: sdot by element multiplies four codes of each of four rows by the same four activations.
#include "kernels/dense_matmul/arm_x16.h"

namespace {

struct DotProd : NeonRows {
  /// sum + 16 codes of each row * 16 activations.
  static TERN_INLINE int32x4_t add16(int32x4_t sum, const int32x4_t* codes, const int8_t* q) {
    const int8x16_t values = vld1q_s8(q);
    sum = vdotq_laneq_s32(sum, vreinterpretq_s8_s32(codes[0]), values, 0);
    sum = vdotq_laneq_s32(sum, vreinterpretq_s8_s32(codes[1]), values, 1);
    sum = vdotq_laneq_s32(sum, vreinterpretq_s8_s32(codes[2]), values, 2);
    return vdotq_laneq_s32(sum, vreinterpretq_s8_s32(codes[3]), values, 3);
  }
  static TERN_INLINE int32x4_t dot32_q4(const int32x4_t* codes, const int8_t* q) {
    return add16(add16(vdupq_n_s32(0), codes, q), codes + 4, q + 16);
  }
  static TERN_INLINE int32x4_t dot32_q8(const int32x4_t* codes, const int8_t* q, int32_t) {
    return dot32_q4(codes, q);
  }
  static TERN_INLINE int32x4_t dot32_q5(const int32x4_t* codes, const int8_t* q) {
    return dot32_q4(codes, q);
  }
  static TERN_INLINE int32x4_t dot32_scaled(const int32x4_t* codes, int32x4_t scale0, int32x4_t scale1,
                                            const int8_t* q) {
    const int32x4_t low = vmulq_s32(add16(vdupq_n_s32(0), codes, q), scale0);
    return vmlaq_s32(low, add16(vdupq_n_s32(0), codes + 4, q + 16), scale1);
  }
  static TERN_INLINE int32x4_t dot32_q6(const int32x4_t* codes, const int32x4_t* scales, const int8_t* q,
                                        const int32_t*) {
    return dot32_scaled(codes, scales[0], scales[1], q);
  }
};

}  // namespace

void dense_matmul_q8_x16_f32_16x4_dotprod(const TernDenseMatmulQ* args) {
  matmul_x16<DotProd>(args);
}
