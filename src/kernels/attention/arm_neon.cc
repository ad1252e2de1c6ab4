#include <arm_neon.h>

#include "kernels/arm_exp.h"
#include "kernels/arm_lanes.h"
#include "kernels/attention/tiles.h"

namespace {

struct Neon {
  using Lanes = float32x4_t;
  static constexpr int kLanes = 4;
  static constexpr int kQueries = 4, kKeys = 4;          // 16 registers of sums
  static constexpr int kValueQueries = 4, kVectors = 4;  // 16 again

  static inline __attribute__((always_inline)) Lanes zero() { return vdupq_n_f32(0.0f); }
  static inline __attribute__((always_inline)) Lanes broadcast(float x) { return vdupq_n_f32(x); }
  static inline __attribute__((always_inline)) void keep(Lanes& a) { __asm__("" : "+w"(a)); }
  static inline __attribute__((always_inline)) Lanes load(const float* p) { return vld1q_f32(p); }
  static inline __attribute__((always_inline)) void store(float* p, Lanes a) { vst1q_f32(p, a); }
  static inline __attribute__((always_inline)) Lanes add(Lanes a, Lanes b) { return vaddq_f32(a, b); }
  static inline __attribute__((always_inline)) Lanes sub(Lanes a, Lanes b) { return vsubq_f32(a, b); }
  static inline __attribute__((always_inline)) Lanes mul(Lanes a, Lanes b) { return vmulq_f32(a, b); }
  static inline __attribute__((always_inline)) Lanes fma(Lanes a, Lanes b, Lanes c) {
    return vfmaq_f32(c, a, b);
  }
  static inline __attribute__((always_inline)) Lanes greater(Lanes a, Lanes b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
  }
  static inline __attribute__((always_inline)) float greatest(Lanes a) { return vmaxvq_f32(a); }
  static inline __attribute__((always_inline)) Lanes exp_lanes(Lanes a) { return exp_f32x4(a); }
  static inline __attribute__((always_inline)) Lanes f32(const uint8_t* at) {
    return vreinterpretq_f32_u8(vld1q_u8(at));
  }
  static inline __attribute__((always_inline)) Lanes f16(const uint8_t* at) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(at)));
  }
  static inline __attribute__((always_inline)) Lanes i8(const uint8_t* at) {
    uint32_t four;
    __builtin_memcpy(&four, at, sizeof four);
    const int16x8_t wide = vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(four)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
  }

  static inline __attribute__((always_inline)) float sum(const Lanes (&acc)[4]) {
    const ::Lanes lanes = {{acc[0], acc[1], acc[2], acc[3]}};
    return lanes_sum(lanes);
  }
  /// Two lanes left of two sums each: a0+a2 a1+a3 b0+b2 b1+b3.
  static inline __attribute__((always_inline)) Lanes pairs(Lanes a, Lanes b) {
    return vaddq_f32(vcombine_f32(vget_low_f32(a), vget_low_f32(b)),
                     vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
  }
  /// The tree 8-4-2-1 of a query's four sums at once.
  template <int Q>
  static inline __attribute__((always_inline)) void sums(const Lanes (&acc)[4][Q][kKeys], float* out) {
    for (int n = 0; n < Q; ++n) {
      Lanes four[kKeys];
      for (int k = 0; k < kKeys; ++k) {
        four[k] = vaddq_f32(vaddq_f32(acc[0][n][k], acc[2][n][k]), vaddq_f32(acc[1][n][k], acc[3][n][k]));
      }
      vst1q_f32(out + n * TERN_KV_PAGE, vpaddq_f32(pairs(four[0], four[1]), pairs(four[2], four[3])));
    }
  }
};

}  // namespace

extern "C" void attention_segment_neon(const TernAttention* args, int64_t begin, TernAttentionState* state,
                                       float* acc) {
  segment_of_format<Neon>(args, begin, state, acc);
}

extern "C" void attention_merge_neon(const TernAttentionState* state, const float* acc, int64_t head_dim,
                                     TernAttentionState* total, float* total_acc) {
  merge<Neon>(state, acc, head_dim, total, total_acc);
}
