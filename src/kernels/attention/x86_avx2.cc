#include "kernels/x86_avx2.h"
#include "kernels/attention/tiles.h"

namespace {

struct Avx2 {
  using Lanes = Lanes16;
  static constexpr int kQueries = 2, kKeys = 2;          // 8 registers of sums
  static constexpr int kValueQueries = 4, kVectors = 1;  // 8 again

  static inline __attribute__((always_inline)) Lanes zero() { return zero_lanes(); }
  static inline __attribute__((always_inline)) Lanes broadcast(float x) {
    return {_mm256_set1_ps(x), _mm256_set1_ps(x)};
  }
  static inline __attribute__((always_inline)) Lanes load(const float* p) { return load_f32(p); }
  static inline __attribute__((always_inline)) void store(float* p, Lanes a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
  }
  static inline __attribute__((always_inline)) Lanes add(Lanes a, Lanes b) {
    return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
  }
  static inline __attribute__((always_inline)) Lanes sub(Lanes a, Lanes b) {
    return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
  }
  static inline __attribute__((always_inline)) Lanes mul(Lanes a, Lanes b) {
    return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
  }
  static inline __attribute__((always_inline)) Lanes fma(Lanes a, Lanes b, Lanes c) {
    return fma_lanes(a, b, c);
  }
  /// vmaxps gives its second operand when one is a NaN or both are zeros: as a > b ? a : b does.
  static inline __attribute__((always_inline)) Lanes greater(Lanes a, Lanes b) {
    return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
  }
  static inline __attribute__((always_inline)) float greatest(Lanes a) {
    const __m256 eight = _mm256_max_ps(a.low, a.high);
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
  }
  static inline __attribute__((always_inline)) Lanes exp(Lanes a) { return {exp8(a.low), exp8(a.high)}; }
  static inline __attribute__((always_inline)) float exp1(float x) {
    return _mm256_cvtss_f32(exp8(_mm256_set1_ps(x)));
  }
  static inline __attribute__((always_inline)) float sum(Lanes a) { return tree_sum(a); }
  static inline __attribute__((always_inline)) Lanes f32(const uint8_t* at) { return load_f32(at); }
  static inline __attribute__((always_inline)) Lanes f16(const uint8_t* at) { return load_f16(at); }
  static inline __attribute__((always_inline)) Lanes i8(const uint8_t* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)),
            _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8)))};
  }

  /// The tree 8-4-2-1 of up to four pairs of registers at once: a query in each half.
  template <int Q>
  static inline __attribute__((always_inline)) void sums(const Lanes (&acc)[Q][kKeys], float* out) {
    const Lanes(&last)[kKeys] = acc[Q - 1];  // the first once more when it is alone; not stored
    __m256 four[kKeys];
#pragma GCC unroll 4
    for (int k = 0; k < kKeys; ++k) {
      const __m256 a = _mm256_add_ps(acc[0][k].low, acc[0][k].high);
      const __m256 b = _mm256_add_ps(last[k].low, last[k].high);
      four[k] = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
    }
    const __m256 two =
        _mm256_add_ps(_mm256_shuffle_ps(four[0], four[1], 0x44), _mm256_shuffle_ps(four[0], four[1], 0xee));
    const __m256 one = _mm256_add_ps(_mm256_shuffle_ps(two, two, 0x88), _mm256_shuffle_ps(two, two, 0xdd));
    _mm_storel_pi(reinterpret_cast<__m64*>(out), _mm256_castps256_ps128(one));
    if (Q > 1) _mm_storel_pi(reinterpret_cast<__m64*>(out + TERN_KV_PAGE), _mm256_extractf128_ps(one, 1));
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
