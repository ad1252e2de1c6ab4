#include <arm_neon.h>

#include "kernels/arm_exp.h"
#include "kernels/arm_lanes.h"
#include "kernels/attention/tiles.h"

namespace {

struct Neon {
  using Lanes = ::Lanes;
  static constexpr int kQueries = 2, kKeys = 2;          // 16 registers of sums
  static constexpr int kValueQueries = 4, kVectors = 1;  // 16 again

  static inline __attribute__((always_inline)) Lanes zero() { return lanes_zero(); }
  static inline __attribute__((always_inline)) Lanes broadcast(float x) {
    const float32x4_t all = vdupq_n_f32(x);
    return {{all, all, all, all}};
  }
  static inline __attribute__((always_inline)) Lanes load(const float* p) { return lanes_load(p); }
  static inline __attribute__((always_inline)) void store(float* p, Lanes a) { lanes_store(p, a); }
  static inline __attribute__((always_inline)) Lanes add(Lanes a, Lanes b) { return lanes_add(a, b); }
  static inline __attribute__((always_inline)) Lanes sub(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.v[i] = vsubq_f32(a.v[i], b.v[i]);
    return a;
  }
  static inline __attribute__((always_inline)) Lanes mul(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.v[i] = vmulq_f32(a.v[i], b.v[i]);
    return a;
  }
  static inline __attribute__((always_inline)) Lanes fma(Lanes a, Lanes b, Lanes c) {
    return lanes_fma(c, a, b);
  }
  static inline __attribute__((always_inline)) float32x4_t greater4(float32x4_t a, float32x4_t b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
  }
  static inline __attribute__((always_inline)) Lanes greater(Lanes a, Lanes b) {
    for (int i = 0; i < 4; ++i) a.v[i] = greater4(a.v[i], b.v[i]);
    return a;
  }
  static inline __attribute__((always_inline)) float greatest(Lanes a) {
    return vmaxvq_f32(greater4(greater4(a.v[0], a.v[1]), greater4(a.v[2], a.v[3])));
  }
  static inline __attribute__((always_inline)) Lanes exp(Lanes a) {
    for (int i = 0; i < 4; ++i) a.v[i] = exp_f32x4(a.v[i]);
    return a;
  }
  static inline __attribute__((always_inline)) float exp1(float x) { return exp_f32x1(x); }
  static inline __attribute__((always_inline)) float sum(Lanes a) { return lanes_sum(a); }
  static inline __attribute__((always_inline)) Lanes f32(const uint8_t* at) {
    return lanes_from_f32_bytes(at);
  }
  static inline __attribute__((always_inline)) Lanes f16(const uint8_t* at) {
    return lanes_from_f16_bytes(at);
  }
  static inline __attribute__((always_inline)) Lanes i8(const uint8_t* at) {
    return lanes_from_i8(vreinterpretq_s8_u8(vld1q_u8(at)));
  }

  /// The tree down to four lanes.
  static inline __attribute__((always_inline)) float32x4_t four(const Lanes& a) {
    return vaddq_f32(vaddq_f32(a.v[0], a.v[2]), vaddq_f32(a.v[1], a.v[3]));
  }
  template <int Q>
  static inline __attribute__((always_inline)) void sums(const Lanes (&acc)[Q][kKeys], float* out) {
    for (int n = 0; n < Q; ++n) {
      const float32x4_t a = four(acc[n][0]), b = four(acc[n][1]);
      const float32x2_t two_a = vadd_f32(vget_low_f32(a), vget_high_f32(a));
      const float32x2_t two_b = vadd_f32(vget_low_f32(b), vget_high_f32(b));
      vst1_f32(out + n * TERN_KV_PAGE, vpadd_f32(two_a, two_b));
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
