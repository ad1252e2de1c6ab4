// Eight 32-bit lanes a register: half of the 16 lanes of a float row, or eight x16 rows.
#include "kernels/x86_avx2.h"
#include "kernels/dense_matmul/block_codes.h"
#include "kernels/dense_matmul/float_tiles.h"
#include "kernels/dense_matmul/x16_tiles.h"
#include "kernels/dense_matmul/x86_blocks.h"

namespace {

/// d * code as floats.
TERN_INLINE Lanes16 scaled(Codes16 weights) {
  const __m256 d = _mm256_set1_ps(weights.d);
  const __m256i low = _mm256_cvtepi8_epi32(weights.codes);
  const __m256i high = _mm256_cvtepi8_epi32(_mm_srli_si128(weights.codes, 8));
  return {_mm256_mul_ps(_mm256_cvtepi32_ps(low), d), _mm256_mul_ps(_mm256_cvtepi32_ps(high), d)};
}

struct FloatLanes {
  static constexpr int kTileRows = 4, kTileTokens = 1;
  typedef Lanes16 Lanes;
  static TERN_INLINE Lanes16 zero() { return zero_lanes(); }
  static TERN_INLINE Lanes16 load_f32(const float* at) { return ::load_f32(at); }
  static TERN_INLINE Lanes16 fma(Lanes16 a, Lanes16 b, Lanes16 acc) { return fma_lanes(a, b, acc); }
  static TERN_INLINE float sum(Lanes16 lanes) { return tree_sum(lanes); }
  static TERN_INLINE float f16(const uint8_t* at) { return f16_at(at); }
  static TERN_INLINE Lanes16 weights(const int8_t* codes, float d, float m) {
    const Lanes16 product = scaled({load_16_bytes(reinterpret_cast<const uint8_t*>(codes)), d});
    return {_mm256_sub_ps(product.low, _mm256_set1_ps(m)), _mm256_sub_ps(product.high, _mm256_set1_ps(m))};
  }
};

struct Formats {
  struct F32 {
    static constexpr size_t kElementBytes = 4;
    static TERN_INLINE Lanes16 load(const uint8_t* row, int64_t k) { return load_f32(row + 4 * k); }
  };
  struct F16 {
    static constexpr size_t kElementBytes = 2;
    static TERN_INLINE Lanes16 load(const uint8_t* row, int64_t k) { return load_f16(row + 2 * k); }
  };
  struct Bf16 {
    static constexpr size_t kElementBytes = 2;
    static TERN_INLINE Lanes16 load(const uint8_t* row, int64_t k) {
      const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + 2 * k));
      const __m256i low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(bits));
      const __m256i high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(bits, 1));
      return {_mm256_castsi256_ps(_mm256_slli_epi32(low, 16)),
              _mm256_castsi256_ps(_mm256_slli_epi32(high, 16))};
    }
  };
};

/// Formats of float_tiles.h.
template <int kFormat>
struct Blocks : PortableBlocks<FloatLanes, kFormat> {};
template <>
struct Blocks<TERN_DENSE_Q8_0> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE Lanes16 load(const uint8_t* row, int64_t k) { return scaled(q8_0_at(row, k)); }
};
template <>
struct Blocks<TERN_DENSE_Q4_1> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE Lanes16 load(const uint8_t* row, int64_t k) {
    float m;
    const Lanes16 product = scaled(q4_1_at(row, k, &m));
    return {_mm256_add_ps(product.low, _mm256_set1_ps(m)), _mm256_add_ps(product.high, _mm256_set1_ps(m))};
  }
};
template <>
struct Blocks<TERN_DENSE_Q6_K> {
  static constexpr size_t kElementBytes = 0;
  static TERN_INLINE Lanes16 load(const uint8_t* row, int64_t k) { return scaled(q6_k_at(row, k)); }
};

// --- int8 activations: eight rows a register.

/// vpmaddubsw wants one unsigned side and sums pairs in int16: codes of Q6_K carry their stored +32, which is
/// taken off again by the activations' sums; Q8_0 takes |w| and gives its sign to q.
struct Avx2 {
  static constexpr int kRows = 8, kTokens = 4;
  typedef __m256i Int;
  typedef __m256 Float;

  static TERN_INLINE __m256i load(const uint8_t* at) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  }
  static TERN_INLINE __m256 f16s(const uint8_t* at) { return _mm256_cvtph_ps(load_16_bytes(at)); }
  static TERN_INLINE __m256i bytes(const uint8_t* at) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)));
  }
  /// Twice in a lane, as vpmaddwd multiplies pairs.
  static TERN_INLINE __m256i scales(const uint8_t* at) {
    const __m128i words = _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at)));
    const __m256i lanes = _mm256_cvtepu16_epi32(words);
    return _mm256_or_si256(lanes, _mm256_slli_epi32(lanes, 16));
  }
  static TERN_INLINE __m256i scales_of(__m256i v) {
    constexpr int kHighWords = 0xaa;
    return _mm256_blend_epi16(v, _mm256_slli_epi32(v, 16), kHighWords);
  }
  static TERN_INLINE __m256i low4(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
  static TERN_INLINE __m256i high4(__m256i v) { return low4(_mm256_srli_epi32(v, 4)); }
  static TERN_INLINE __m256i q8_codes(__m256i v) { return v; }
  template <int f>
  static TERN_INLINE __m256i q6_codes(__m256i low, __m256i high) {
    const __m256i shifted = f < 2 ? _mm256_slli_epi32(high, 4 - 2 * f) : _mm256_srli_epi32(high, 2 * f - 4);
    return _mm256_or_si256(low, _mm256_and_si256(shifted, _mm256_set1_epi8(0x30)));
  }
  template <int c>
  static TERN_INLINE __m256i screen3_codes(__m256i low, __m256i high) {
    const __m256i low_shifted = _mm256_srli_epi32(low, 2 * (c % 4));
    const __m256i high_shifted = c < 2 ? _mm256_slli_epi32(high, 2 - c) : _mm256_srli_epi32(high, c - 2);
    return _mm256_or_si256(_mm256_and_si256(low_shifted, _mm256_set1_epi8(3)),
                           _mm256_and_si256(high_shifted, _mm256_set1_epi8(4)));
  }

  static TERN_INLINE __m256i iq4_nl(__m256i v) {
    const __m128i values = load_16_bytes(reinterpret_cast<const uint8_t*>(kTernIq4Nl));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(values), v);
  }

  static TERN_INLINE __m256i four(const int8_t* q) {
    int32_t bits;
    __builtin_memcpy(&bits, q, sizeof bits);
    return _mm256_set1_epi32(bits);
  }
  static TERN_INLINE __m256i dot32_q8(const __m256i* codes, const int8_t* q, int32_t) {
    __m256i sum = _mm256_setzero_si256();
#pragma GCC unroll 8
    for (int c = 0; c < 8; ++c) {  // a pair: at most 2 * 128 * 127 = 32,512; w may be -128, q may not
      const __m256i pairs =
          _mm256_maddubs_epi16(_mm256_abs_epi8(codes[c]), _mm256_sign_epi8(four(q + 4 * c), codes[c]));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    return sum;
  }
  static TERN_INLINE __m256i dot32_q4(const __m256i* codes, const int8_t* q) {
    __m256i pairs = _mm256_maddubs_epi16(codes[0], four(q));
#pragma GCC unroll 7
    for (int c = 1; c < 8; ++c) {  // eight pairs: at most 8 * 2 * 15 * 127 = 30,480
      pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(codes[c], four(q + 4 * c)));
    }
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
  /// Two pairs: at most 2 * 2 * 63 * 127 = 32,004.
  static TERN_INLINE __m256i eight_q6(const __m256i* codes, __m256i scale, const int8_t* q) {
    const __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(codes[0], four(q)),
                                           _mm256_maddubs_epi16(codes[1], four(q + 4)));
    return _mm256_madd_epi16(pairs, scale);
  }
  static TERN_INLINE __m256i dot32_q6(const __m256i* codes, const __m256i* scales, const int8_t* q,
                                      const int32_t* start) {
    __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(_mm256_set1_epi32(start[0]), scales[0]),
                                   _mm256_madd_epi16(_mm256_set1_epi32(start[1]), scales[1]));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
      sum = _mm256_add_epi32(sum, eight_q6(codes + 2 * i, scales[i / 2], q + 8 * i));
    return sum;
  }
  /// Four pairs: at most 4 * 2 * 31 * 127 = 31,496.
  static TERN_INLINE __m256i sixteen_q5(const __m256i* codes, __m256i scale, const int8_t* q) {
    __m256i pairs = _mm256_maddubs_epi16(codes[0], four(q));
#pragma GCC unroll 3
    for (int c = 1; c < 4; ++c)
      pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(codes[c], four(q + 4 * c)));
    return _mm256_madd_epi16(pairs, scale);
  }
  static TERN_INLINE __m256i dot32_scaled(const __m256i* codes, __m256i scale0, __m256i scale1,
                                          const int8_t* q) {
    return _mm256_add_epi32(sixteen_q5(codes, scale0, q), sixteen_q5(codes + 4, scale1, q + 16));
  }
  static TERN_INLINE __m256i dot32_q5(const __m256i* codes, const int8_t* q) {
    const __m256i ones = _mm256_set1_epi16(1);
    return dot32_scaled(codes, ones, ones, q);
  }
  /// The scales' other half meets 0.
  static TERN_INLINE __m256i times(__m256i scales, int32_t n) {
    return _mm256_madd_epi16(scales, _mm256_set1_epi32(n & 0xffff));
  }

  static TERN_INLINE int32_t sum16(const int8_t* q) {
    const __m128i biased =
        _mm_xor_si128(load_16_bytes(reinterpret_cast<const uint8_t*>(q)), _mm_set1_epi8(-128));
    const __m128i halves = _mm_sad_epu8(biased, _mm_setzero_si128());
    return _mm_cvtsi128_si32(halves) + _mm_extract_epi16(halves, 4) - 16 * 128;
  }
  static TERN_INLINE void sums16(const int8_t* q, int32_t* sums) {
    for (int i = 0; i < 16; ++i) sums[i] = sum16(q + 16 * i);
  }
  /// -16 * the sum of each 16 (at most 16 * 16 * 127 = 32,512), twice in a lane.
  static TERN_INLINE void prepare_q6(const int8_t* q, int32_t* start) {
    for (int i = 0; i < 16; ++i) {
      const int32_t sum = sum16(q + 16 * i);
      start[i] = static_cast<int32_t>(static_cast<uint32_t>(-16 * sum & 0xffff) * 0x10001u);
    }
  }

  static TERN_INLINE __m256i add_int(__m256i a, __m256i b) {
    return _mm256_add_epi32(a, b);
  }
  static TERN_INLINE __m256i and_int(__m256i a, __m256i b) {
    return _mm256_and_si256(a, b);
  }
  static TERN_INLINE __m256i or_int(__m256i a, __m256i b) {
    return _mm256_or_si256(a, b);
  }
  template <int n>
  static TERN_INLINE __m256i shift(__m256i v) {
    return n < 0 ? _mm256_srli_epi32(v, -n) : _mm256_slli_epi32(v, n);
  }
  static TERN_INLINE __m256i shift_down(__m256i v, int n) {
    return _mm256_srl_epi32(v, _mm_cvtsi32_si128(n));
  }
  static TERN_INLINE __m256 zero() {
    return _mm256_setzero_ps();
  }
  static TERN_INLINE __m256 splat(float value) {
    return _mm256_set1_ps(value);
  }
  static TERN_INLINE __m256i splat_int(int32_t value) {
    return _mm256_set1_epi32(value);
  }
  static TERN_INLINE __m256 mul(__m256 a, __m256 b) {
    return _mm256_mul_ps(a, b);
  }
  static TERN_INLINE __m256 fma(__m256 a, __m256 b, __m256 c) {
    return _mm256_fmadd_ps(a, b, c);
  }
  static TERN_INLINE __m256 to_float(__m256i v) {
    return _mm256_cvtepi32_ps(v);
  }
  static TERN_INLINE void store(float* y, int32_t count, __m256 v) {
    if (count >= 8) return _mm256_storeu_ps(y, v);
    float values[8];
    _mm256_storeu_ps(values, v);
    for (int32_t r = 0; r < count; ++r) y[r] = values[r];
  }
};

}  // namespace

void dense_matmul_f32_any_f32_4x1_avx2(const TernDenseMatmul* args) {
  matmul_floats<FloatLanes, Formats, Blocks>(args);
}

void dense_matmul_q8_x16_f32_16x4_avx2(const TernDenseMatmulQ* args) {
  matmul_x16<Avx2>(args);
}
