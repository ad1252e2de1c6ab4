#include "kernels/attention/tiles.h"
#include "kernels/x86_avx512.h"

namespace {

struct Avx512 {
  using Lanes = __m512;
  static constexpr int kLanes = 16;
  static constexpr int kQueries = 4, kKeys = 4;          // 16 registers of sums
  static constexpr int kValueQueries = 4, kVectors = 4;  // 16 again

  static inline __attribute__((always_inline)) Lanes zero() { return _mm512_setzero_ps(); }
  static inline __attribute__((always_inline)) Lanes broadcast(float x) { return _mm512_set1_ps(x); }
  static inline __attribute__((always_inline)) void keep(Lanes& a) { __asm__("" : "+v"(a)); }
  static inline __attribute__((always_inline)) Lanes load(const float* p) { return _mm512_loadu_ps(p); }
  static inline __attribute__((always_inline)) void store(float* p, Lanes a) { _mm512_storeu_ps(p, a); }
  static inline __attribute__((always_inline)) Lanes add(Lanes a, Lanes b) { return _mm512_add_ps(a, b); }
  static inline __attribute__((always_inline)) Lanes sub(Lanes a, Lanes b) { return _mm512_sub_ps(a, b); }
  static inline __attribute__((always_inline)) Lanes mul(Lanes a, Lanes b) { return _mm512_mul_ps(a, b); }
  static inline __attribute__((always_inline)) Lanes fma(Lanes a, Lanes b, Lanes c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  /// vmaxps gives its second operand when one is a NaN or both are zeros: as a > b ? a : b does.
  static inline __attribute__((always_inline)) Lanes greater(Lanes a, Lanes b) { return _mm512_max_ps(a, b); }
  static inline __attribute__((always_inline)) float greatest(Lanes a) { return _mm512_reduce_max_ps(a); }
  static inline __attribute__((always_inline)) Lanes exp_lanes(Lanes a) { return exp16(a); }
  static inline __attribute__((always_inline)) float sum(const Lanes (&acc)[1]) { return tree_sum(acc[0]); }
  static inline __attribute__((always_inline)) Lanes f32(const uint8_t* at) { return _mm512_loadu_ps(at); }
  static inline __attribute__((always_inline)) Lanes f16(const uint8_t* at) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
  }
  static inline __attribute__((always_inline)) Lanes i8(const uint8_t* at) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
  }

  // The tree 8-4-2-1 of 16 registers at once. In quarters of a register, from a and b with 16, 8, 4, 2 lanes
  // left each:
  //   halves    a0+a2 a1+a3 b0+b2 b1+b3
  //   quarters  a0+a1 a2+a3 b0+b1 b2+b3      (of two results of halves: the first's two sums, the second's)
  // and within every quarter
  //   pairs     a0+a2 a1+a3 b0+b2 b1+b3
  //   singles   a0+a1 a2+a3 b0+b1 b2+b3
  static inline __attribute__((always_inline)) Lanes halves(Lanes a, Lanes b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  }
  static inline __attribute__((always_inline)) Lanes quarters(Lanes a, Lanes b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
  }
  static inline __attribute__((always_inline)) Lanes pairs(Lanes a, Lanes b) {
    return _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
  }
  static inline __attribute__((always_inline)) Lanes singles(Lanes a, Lanes b) {
    return _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x88), _mm512_shuffle_ps(a, b, 0xdd));
  }

  template <int Q>
  static inline __attribute__((always_inline)) void sums(const Lanes (&acc)[1][Q][kKeys], float* out) {
    // A missing query is the first one once more, and its sums are not stored.
    constexpr int k1 = Q > 1 ? 1 : 0, k2 = Q > 2 ? 2 : 0, k3 = Q > 3 ? 3 : 0;
    Lanes key[kKeys];  // four lanes left of every query, in the query's quarter
#pragma GCC unroll 4
    for (int k = 0; k < kKeys; ++k)
      key[k] = quarters(halves(acc[0][0][k], acc[0][k1][k]), halves(acc[0][k2][k], acc[0][k3][k]));
    const Lanes all = singles(pairs(key[0], key[1]), pairs(key[2], key[3]));
    _mm_storeu_ps(out, _mm512_castps512_ps128(all));
    if (Q > 1) _mm_storeu_ps(out + TERN_KV_PAGE, _mm512_extractf32x4_ps(all, 1));
    if (Q > 2) _mm_storeu_ps(out + 2 * TERN_KV_PAGE, _mm512_extractf32x4_ps(all, 2));
    if (Q > 3) _mm_storeu_ps(out + 3 * TERN_KV_PAGE, _mm512_extractf32x4_ps(all, 3));
  }
};

}  // namespace

void attention_segment_avx512vnni(const TernAttention* args, int64_t begin, TernAttentionState* state,
                                  float* acc) {
  segment_of_format<Avx512>(args, begin, state, acc);
}
