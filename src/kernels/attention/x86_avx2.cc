#include "kernels/x86_avx2.h"
#include "kernels/attention/tiles.h"

namespace {

struct Avx2 {
  using Lanes = __m256;
  static constexpr int kLanes = 8;
  static constexpr int kQueries = 4, kKeys = 2;          // 8 registers of sums
  static constexpr int kValueQueries = 4, kVectors = 2;  // 8 again

  static inline __attribute__((always_inline)) Lanes zero() { return _mm256_setzero_ps(); }
  static inline __attribute__((always_inline)) Lanes broadcast(float x) { return _mm256_set1_ps(x); }
  static inline __attribute__((always_inline)) void keep(Lanes& a) { __asm__("" : "+x"(a)); }
  static inline __attribute__((always_inline)) Lanes load(const float* p) { return _mm256_loadu_ps(p); }
  static inline __attribute__((always_inline)) void store(float* p, Lanes a) { _mm256_storeu_ps(p, a); }
  static inline __attribute__((always_inline)) Lanes add(Lanes a, Lanes b) { return _mm256_add_ps(a, b); }
  static inline __attribute__((always_inline)) Lanes sub(Lanes a, Lanes b) { return _mm256_sub_ps(a, b); }
  static inline __attribute__((always_inline)) Lanes mul(Lanes a, Lanes b) { return _mm256_mul_ps(a, b); }
  static inline __attribute__((always_inline)) Lanes fma(Lanes a, Lanes b, Lanes c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  /// vmaxps gives its second operand when one is a NaN or both are zeros: as a > b ? a : b does.
  static inline __attribute__((always_inline)) Lanes greater(Lanes a, Lanes b) { return _mm256_max_ps(a, b); }
  static inline __attribute__((always_inline)) float greatest(Lanes a) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
  }
  static inline __attribute__((always_inline)) Lanes exp_lanes(Lanes a) { return exp8(a); }
  static inline __attribute__((always_inline)) float sum(const Lanes (&acc)[2]) {
    return tree_sum({acc[0], acc[1]});
  }
  static inline __attribute__((always_inline)) Lanes f32(const uint8_t* at) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
  }
  static inline __attribute__((always_inline)) Lanes f16(const uint8_t* at) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
  }
  static inline __attribute__((always_inline)) Lanes i8(const uint8_t* at) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))));
  }

  /// Four lanes left of the sums of two queries, one in each half.
  static inline __attribute__((always_inline)) Lanes halves(Lanes a, Lanes b) {
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
  }
  /// The tree 8-4-2-1 of two queries' sums at once.
  template <int Q>
  static inline __attribute__((always_inline)) void sums(const Lanes (&acc)[2][Q][kKeys], float* out) {
    static_assert(kKeys == 2);
#pragma GCC unroll 2
    for (int n = 0; n < Q; n += 2) {
      const int other = n + 1 < Q ? n + 1 : n;  // a query alone comes twice and is stored once
      Lanes four[kKeys];
#pragma GCC unroll 2
      for (int k = 0; k < kKeys; ++k)
        four[k] = halves(add(acc[0][n][k], acc[1][n][k]), add(acc[0][other][k], acc[1][other][k]));
      const Lanes two =
          add(_mm256_shuffle_ps(four[0], four[1], 0x44), _mm256_shuffle_ps(four[0], four[1], 0xee));
      const Lanes one = add(_mm256_shuffle_ps(two, two, 0x88), _mm256_shuffle_ps(two, two, 0xdd));
      _mm_storel_pi(reinterpret_cast<__m64*>(out + n * TERN_KV_PAGE), _mm256_castps256_ps128(one));
      if (n + 1 < Q)
        _mm_storel_pi(reinterpret_cast<__m64*>(out + (n + 1) * TERN_KV_PAGE), _mm256_extractf128_ps(one, 1));
    }
  }
};

}  // namespace

void attention_segment_avx2(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc) {
  segment_of_format<Avx2>(args, begin, state, acc);
}

void attention_merge_avx2(const TernAttentionState* state, const float* acc, int64_t head_dim,
                          TernAttentionState* total, float* total_acc) {
  merge<Avx2>(state, acc, head_dim, total, total_acc);
}
