// Sixteen 32-bit lanes a register: those of a float row, or sixteen x16 rows.
#include "kernels/dense_matmul/block_codes.h"
#include "kernels/dense_matmul/float_tiles.h"
#include "kernels/dense_matmul/x16_tiles.h"
#include "kernels/dense_matmul/x86_blocks.h"
#include "kernels/x86_avx512.h"

namespace {

/// d * code as floats.
TERN_INLINE __m512 scaled(Codes16 weights) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(weights.codes)), _mm512_set1_ps(weights.d));
}

struct FloatLanes {
  static constexpr int kTileRows = 4, kTileTokens = 4;
  typedef __m512 Lanes;
  static TERN_INLINE __m512 zero() { return _mm512_setzero_ps(); }
  static TERN_INLINE __m512 load_f32(const float* at) { return _mm512_loadu_ps(at); }
  static TERN_INLINE __m512 fma(__m512 a, __m512 b, __m512 acc) { return _mm512_fmadd_ps(a, b, acc); }
  static TERN_INLINE float sum(__m512 lanes) { return tree_sum(lanes); }
  static TERN_INLINE float f16(const uint8_t* at) { return f16_at(at); }
  static TERN_INLINE __m512 weights(const int8_t* codes, float d, float m) {
    const __m512 product = scaled({load_16_bytes(reinterpret_cast<const uint8_t*>(codes)), d});
    return _mm512_sub_ps(product, _mm512_set1_ps(m));
  }
};

TERN_INLINE __m256i load32(const uint8_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

struct Formats {
  struct F32 {
    static constexpr size_t kElementBytes = 4;
    static TERN_INLINE __m512 load(const uint8_t* row, int64_t k) { return _mm512_loadu_ps(row + 4 * k); }
  };
  struct F16 {
    static constexpr size_t kElementBytes = 2;
    static TERN_INLINE __m512 load(const uint8_t* row, int64_t k) {
      return _mm512_cvtph_ps(load32(row + 2 * k));
    }
  };
  struct Bf16 {
    static constexpr size_t kElementBytes = 2;
    static TERN_INLINE __m512 load(const uint8_t* row, int64_t k) {
      return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(load32(row + 2 * k)), 16));
    }
  };
};

/// Formats of float_tiles.h.
template <int kFormat>
struct Blocks : PortableBlocks<FloatLanes, kFormat> {};
template <>
struct Blocks<TERN_DENSE_Q8_0> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE __m512 load(const uint8_t* row, int64_t k) { return scaled(q8_0_at(row, k)); }
};
template <>
struct Blocks<TERN_DENSE_Q4_1> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE __m512 load(const uint8_t* row, int64_t k) {
    float m;
    const __m512 product = scaled(q4_1_at(row, k, &m));
    return _mm512_add_ps(product, _mm512_set1_ps(m));
  }
};
template <>
struct Blocks<TERN_DENSE_Q6_K> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE __m512 load(const uint8_t* row, int64_t k) { return scaled(q6_k_at(row, k)); }
};

// --- int8 activations

/// vpdpbusd wants one unsigned side, so codes of Q8_0 carry +128 and those of Q6_K their stored +32; what
/// that adds to a sum depends on the activations alone and is taken off.
struct Avx512 {
  static constexpr int kRows = 16, kTokens = 8;
  typedef __m512i Int;
  typedef __m512 Float;

  static TERN_INLINE __m512i load(const uint8_t* at) { return _mm512_loadu_si512(at); }
  static TERN_INLINE __m512 f16s(const uint8_t* at) { return _mm512_cvtph_ps(load32(at)); }
  static TERN_INLINE __m512i bytes(const uint8_t* at) { return _mm512_cvtepu8_epi32(load_16_bytes(at)); }
  static TERN_INLINE __m512i scales_of(__m512i v) { return v; }
  static TERN_INLINE __m512i scales(const uint8_t* at) { return _mm512_cvtepi8_epi32(load_16_bytes(at)); }
  static TERN_INLINE __m512i low4(__m512i v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
  static TERN_INLINE __m512i high4(__m512i v) { return low4(_mm512_srli_epi32(v, 4)); }
  static TERN_INLINE __m512i q8_codes(__m512i v) { return _mm512_xor_si512(v, _mm512_set1_epi8(-128)); }
  template <int f>
  static TERN_INLINE __m512i q6_codes(__m512i low, __m512i high) {
    constexpr int kAOrBAndC = 0xf8;
    const __m512i shifted = f < 2 ? _mm512_slli_epi32(high, 4 - 2 * f) : _mm512_srli_epi32(high, 2 * f - 4);
    return _mm512_ternarylogic_epi32(low, shifted, _mm512_set1_epi8(0x30), kAOrBAndC);
  }
  template <int c>
  static TERN_INLINE __m512i screen3_codes(__m512i low, __m512i high) {
    constexpr int kAWhereCElseB = 0xe4;
    const __m512i low_shifted = _mm512_srli_epi32(low, 2 * (c % 4));
    const __m512i high_shifted = c < 2 ? _mm512_slli_epi32(high, 2 - c) : _mm512_srli_epi32(high, c - 2);
    const __m512i both =
        _mm512_ternarylogic_epi32(low_shifted, high_shifted, _mm512_set1_epi8(3), kAWhereCElseB);
    return _mm512_and_si512(both, _mm512_set1_epi8(7));
  }

  static TERN_INLINE __m512i iq4_nl(__m512i v) {
    const __m128i values = load_16_bytes(reinterpret_cast<const uint8_t*>(kTernIq4Nl));
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(values), v);
  }

  /// sum + four codes of each row * the same four activations, C times.
  template <int C>
  static TERN_INLINE __m512i add_products(__m512i sum, const __m512i* codes, const int8_t* q) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      int32_t four;
      __builtin_memcpy(&four, q + 4 * c, sizeof four);
      sum = _mm512_dpbusd_epi32(sum, codes[c], _mm512_set1_epi32(four));
    }
    return sum;
  }
  static TERN_INLINE __m512i dot32_q8(const __m512i* codes, const int8_t* q, int32_t q_sum) {
    const __m512i sum = add_products<8>(_mm512_setzero_si512(), codes, q);
    return _mm512_sub_epi32(sum, _mm512_slli_epi32(_mm512_set1_epi32(q_sum), 7));
  }
  static TERN_INLINE __m512i dot32_q4(const __m512i* codes, const int8_t* q) {
    return add_products<8>(_mm512_setzero_si512(), codes, q);
  }
  static TERN_INLINE __m512i dot32_q5(const __m512i* codes, const int8_t* q) {
    return dot32_q4(codes, q);
  }
  static TERN_INLINE __m512i dot32_scaled(const __m512i* codes, __m512i scale0, __m512i scale1,
                                          const int8_t* q) {
    const __m512i low = add_products<4>(_mm512_setzero_si512(), codes, q);
    const __m512i high = add_products<4>(_mm512_setzero_si512(), codes + 4, q + 16);
    return _mm512_add_epi32(_mm512_mullo_epi32(low, scale0), _mm512_mullo_epi32(high, scale1));
  }
  /// The scales' high words, all bits of the sign, meet 0.
  static TERN_INLINE __m512i times(__m512i scales, int32_t n) {
    return _mm512_madd_epi16(scales, _mm512_set1_epi32(n & 0xffff));
  }
  static TERN_INLINE __m512i dot32_q6(const __m512i* codes, const __m512i* scales, const int8_t* q,
                                      const int32_t* start) {
    const __m512i low = add_products<4>(_mm512_set1_epi32(start[0]), codes, q);
    const __m512i high = add_products<4>(_mm512_set1_epi32(start[1]), codes + 4, q + 16);
    return _mm512_add_epi32(_mm512_mullo_epi32(low, scales[0]), _mm512_mullo_epi32(high, scales[1]));
  }
  /// The sum of each 16, kTimes times.
  template <int kTimes>
  static TERN_INLINE __m512i times_sums16(const int8_t* q) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i v[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      v[j] = _mm512_dpbusd_epi32(zero, _mm512_set1_epi8(kTimes), _mm512_loadu_si512(q + 64 * j));
    }
    const __m512i v01 =
        _mm512_add_epi32(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
    const __m512i v23 =
        _mm512_add_epi32(_mm512_unpacklo_epi32(v[2], v[3]), _mm512_unpackhi_epi32(v[2], v[3]));
    // Lane 4l + j: 128-bit lane l of v[j], which is group 4j + l.
    const __m512i sums = _mm512_add_epi32(_mm512_unpacklo_epi64(v01, v23), _mm512_unpackhi_epi64(v01, v23));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, sums);
  }
  static TERN_INLINE void sums16(const int8_t* q, int32_t* sums) {
    _mm512_storeu_si512(sums, times_sums16<1>(q));
  }
  /// -32 * the sum of each 16.
  static TERN_INLINE void prepare_q6(const int8_t* q, int32_t* start) {
    _mm512_storeu_si512(start, _mm512_sub_epi32(_mm512_setzero_si512(), times_sums16<32>(q)));
  }

  static TERN_INLINE __m512i add_int(__m512i a, __m512i b) {
    return _mm512_add_epi32(a, b);
  }
  static TERN_INLINE __m512i and_int(__m512i a, __m512i b) {
    return _mm512_and_si512(a, b);
  }
  static TERN_INLINE __m512i or_int(__m512i a, __m512i b) {
    return _mm512_or_si512(a, b);
  }
  template <int n>
  static TERN_INLINE __m512i shift(__m512i v) {
    return n < 0 ? _mm512_srli_epi32(v, -n) : _mm512_slli_epi32(v, n);
  }
  static TERN_INLINE __m512i shift_down(__m512i v, int n) {
    return _mm512_srl_epi32(v, _mm_cvtsi32_si128(n));
  }
  static TERN_INLINE __m512 zero() {
    return _mm512_setzero_ps();
  }
  static TERN_INLINE __m512 splat(float value) {
    return _mm512_set1_ps(value);
  }
  static TERN_INLINE __m512i splat_int(int32_t value) {
    return _mm512_set1_epi32(value);
  }
  static TERN_INLINE __m512 mul(__m512 a, __m512 b) {
    return _mm512_mul_ps(a, b);
  }
  static TERN_INLINE __m512 fma(__m512 a, __m512 b, __m512 c) {
    return _mm512_fmadd_ps(a, b, c);
  }
  static TERN_INLINE __m512 to_float(__m512i v) {
    return _mm512_cvtepi32_ps(v);
  }
  static TERN_INLINE void store(float* y, int32_t count, __m512 v) {
    _mm512_mask_storeu_ps(y, static_cast<__mmask16>(count >= 16 ? 0xffff : (1 << count) - 1), v);
  }
};

}  // namespace

void dense_matmul_f32_any_f32_4x4_avx512vnni(const TernDenseMatmul* args) {
  matmul_floats<FloatLanes, Formats, Blocks>(args);
}

void dense_matmul_q8_x16_f32_16x8_avx512vnni(const TernDenseMatmulQ* args) {
  matmul_x16<Avx512>(args);
}
