// Float activations: four rows at once, 16 lanes (two registers) a row, which keeps both FMA ports busy.
#include "kernels/dense_matmul/dense_matmul.h"

#include "kernels/x86_avx2.h"

namespace {

/// The row to read for row r of a group whose last legal row is `last`: surplus rows repeat it and are not
/// stored.
template <typename Args>
inline __attribute__((always_inline)) const uint8_t* row_at(const Args* args, int32_t r) {
  const int32_t last = args->n_end - 1;
  return args->weights + static_cast<size_t>(r < last ? r : last) * args->row_bytes;
}

// A format: kElementBytes of a plain element (0: blocks, whose K is a multiple of 16), and 16 weights from
// element k.
struct F32 {
  static constexpr size_t kElementBytes = 4;
  static inline __attribute__((always_inline)) Lanes16 load(const uint8_t* row, int64_t k) {
    return load_f32(row + 4 * k);
  }
};
struct F16 {
  static constexpr size_t kElementBytes = 2;
  static inline __attribute__((always_inline)) Lanes16 load(const uint8_t* row, int64_t k) {
    return load_f16(row + 2 * k);
  }
};
struct Bf16 {
  static constexpr size_t kElementBytes = 2;
  static inline __attribute__((always_inline)) Lanes16 load(const uint8_t* row, int64_t k) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + 2 * k));
    const __m256i low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(bits));
    const __m256i high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(bits, 1));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(low, 16)),
            _mm256_castsi256_ps(_mm256_slli_epi32(high, 16))};
  }
};

/// 16 int8 as floats, times d.
inline __attribute__((always_inline)) Lanes16 scaled(__m128i codes, float d) {
  const __m256 d8 = _mm256_set1_ps(d);
  const __m256i low = _mm256_cvtepi8_epi32(codes), high = _mm256_cvtepi8_epi32(_mm_srli_si128(codes, 8));
  return {_mm256_mul_ps(_mm256_cvtepi32_ps(low), d8), _mm256_mul_ps(_mm256_cvtepi32_ps(high), d8)};
}

inline __attribute__((always_inline)) __m128i load_bytes(const uint8_t* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

struct Q8_0 {
  static constexpr size_t kElementBytes = 0;
  static inline __attribute__((always_inline)) Lanes16 load(const uint8_t* row, int64_t k) {
    const uint8_t* block = row + k / 32 * 34;
    return scaled(load_bytes(block + 2 + k % 32), f16_at(block));
  }
};
struct Q4_1 {
  static constexpr size_t kElementBytes = 0;
  static inline __attribute__((always_inline)) Lanes16 load(const uint8_t* row, int64_t k) {
    const uint8_t* block = row + k / 32 * 20;
    const __m128i shifted = _mm_srl_epi16(load_bytes(block + 4), _mm_cvtsi32_si128(k % 32 == 0 ? 0 : 4));
    const Lanes16 product = scaled(_mm_and_si128(shifted, _mm_set1_epi8(15)), f16_at(block));
    const __m256 m = _mm256_set1_ps(f16_at(block + 2));
    return {_mm256_add_ps(product.low, m), _mm256_add_ps(product.high, m)};
  }
};
struct Q6K {
  static constexpr size_t kElementBytes = 0;
  static inline __attribute__((always_inline)) Lanes16 load(const uint8_t* row, int64_t k) {
    const uint8_t* super = row + k / 256 * 210;
    const int64_t half = k % 256 / 128, part = k % 128 / 32, at = k % 32;
    const __m128i low4 = _mm_srl_epi16(load_bytes(super + 64 * half + 32 * (part & 1) + at),
                                       _mm_cvtsi32_si128(part < 2 ? 0 : 4));
    const __m128i high2 = _mm_srl_epi16(load_bytes(super + 128 + 32 * half + at),
                                        _mm_cvtsi32_si128(static_cast<int32_t>(2 * part)));
    const __m128i codes = _mm_or_si128(_mm_and_si128(low4, _mm_set1_epi8(15)),
                                       _mm_slli_epi16(_mm_and_si128(high2, _mm_set1_epi8(3)), 4));
    const auto scale = static_cast<int8_t>(super[192 + k % 256 / 16]);
    return scaled(_mm_sub_epi8(codes, _mm_set1_epi8(32)), f16_at(super + 208) * static_cast<float>(scale));
  }
};

template <typename Format>
void four_rows(const TernDenseMatmul* args, int32_t n, int32_t t) {
  const float* x = args->x + static_cast<size_t>(t) * args->x_stride;
  const uint8_t* rows[4];
  Lanes16 lanes[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    rows[r] = row_at(args, n + r);
    lanes[r] = zero_lanes();
  }
  int64_t k = 0;
  for (; k + 16 <= args->k; k += 16) {
    const Lanes16 values = load_f32(x + k);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) lanes[r] = fma_lanes(Format::load(rows[r], k), values, lanes[r]);
  }
  if constexpr (Format::kElementBytes > 0) {
    if (k < args->k) {
      const auto rest = static_cast<size_t>(args->k - k);
      float values[16] = {};
      __builtin_memcpy(values, x + k, rest * sizeof(float));
      for (int r = 0; r < 4; ++r) {
        uint8_t weights[64] = {};
        __builtin_memcpy(weights, rows[r] + static_cast<size_t>(k) * Format::kElementBytes,
                         rest * Format::kElementBytes);
        lanes[r] = fma_lanes(Format::load(weights, 0), load_f32(values), lanes[r]);
      }
    }
  }
  float* y = args->y + static_cast<size_t>(t) * args->y_stride + static_cast<size_t>(n);
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    if (n + r < args->n_end) y[r] = tree_sum(lanes[r]);
  }
}

template <typename Format>
void all_rows(const TernDenseMatmul* args) {
  for (int32_t n = args->n_begin; n < args->n_end; n += 4) {
    for (int32_t t = 0; t < args->tokens; ++t) four_rows<Format>(args, n, t);
  }
}

// --- int8 activations: eight rows at once, one row a lane of the chain's register, so that the horizontal
// sums of eight integer products share one transposing tree. C tokens reuse a decoded block.

/// 32 weights of a row as signed bytes (Q4_1: 0..15) and, for Q6_K, the int8 scales of their two halves.
struct Q8_0Block {
  static constexpr bool kUnsigned = false;
  static constexpr bool kHasMinimum = false;
  static inline __attribute__((always_inline)) const uint8_t* d_at(const uint8_t* row, int64_t b) {
    return row + 34 * b;
  }
  static inline __attribute__((always_inline)) __m256i codes(const uint8_t* row, int64_t b) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + 34 * b + 2));
  }
  static inline __attribute__((always_inline)) __m256i scales(const uint8_t*, int64_t) {
    return _mm256_set1_epi16(1);
  }
};
struct Q4_1Block {
  static constexpr bool kUnsigned = true;
  static constexpr bool kHasMinimum = true;
  static inline __attribute__((always_inline)) const uint8_t* d_at(const uint8_t* row, int64_t b) {
    return row + 20 * b;
  }
  static inline __attribute__((always_inline)) __m256i codes(const uint8_t* row, int64_t b) {
    const __m128i packed = load_bytes(row + 20 * b + 4);
    const __m256i both = _mm256_set_m128i(_mm_srli_epi16(packed, 4), packed);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
  }
  static inline __attribute__((always_inline)) __m256i scales(const uint8_t*, int64_t) {
    return _mm256_set1_epi16(1);
  }
};
struct Q6KBlock {
  static constexpr bool kUnsigned = false;
  static constexpr bool kHasMinimum = false;
  static inline __attribute__((always_inline)) const uint8_t* d_at(const uint8_t* row, int64_t b) {
    return row + b / 8 * 210 + 208;
  }
  static inline __attribute__((always_inline)) __m256i codes(const uint8_t* row, int64_t b) {
    const uint8_t* super = row + b / 8 * 210;
    const int64_t half = b % 8 / 4, part = b % 4;
    const uint8_t* ql = super + 64 * half + 32 * (part & 1);
    const uint8_t* qh = super + 128 + 32 * half;
    const __m256i low = _mm256_srl_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(ql)),
                                         _mm_cvtsi32_si128(part < 2 ? 0 : 4));
    const __m256i high = _mm256_srl_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(qh)),
                                          _mm_cvtsi32_si128(static_cast<int32_t>(2 * part)));
    const __m256i low4 = _mm256_and_si256(low, _mm256_set1_epi8(15));
    const __m256i high2 = _mm256_slli_epi16(_mm256_and_si256(high, _mm256_set1_epi8(3)), 4);
    return _mm256_sub_epi8(_mm256_or_si256(low4, high2), _mm256_set1_epi8(32));
  }
  static inline __attribute__((always_inline)) __m256i scales(const uint8_t* row, int64_t b) {
    const uint8_t* at = row + b / 8 * 210 + 192 + 2 * (b % 8);
    return _mm256_set_m128i(_mm_set1_epi16(static_cast<int8_t>(at[1])),
                            _mm_set1_epi16(static_cast<int8_t>(at[0])));
  }
};

/// Eight partial sums of the exact dot product of 32 codes and 32 q. vpmaddubsw wants one unsigned side: |w|,
/// with q taking w's sign. w may be -128 (|w| = 128 as unsigned), q may not. Pairs stay in int16: 2 * 128 *
/// 127 = 32,512.
template <typename Block>
inline __attribute__((always_inline)) __m256i products(__m256i codes, __m256i q, __m256i scales) {
  const __m256i pairs = Block::kUnsigned
                            ? _mm256_maddubs_epi16(codes, q)
                            : _mm256_maddubs_epi16(_mm256_abs_epi8(codes), _mm256_sign_epi8(q, codes));
  return _mm256_madd_epi16(pairs, scales);
}

/// Lane r of the result is the sum of v[r].
inline __attribute__((always_inline)) __m256i sums_of(const __m256i* v) {
  const __m256i low = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
  const __m256i high = _mm256_hadd_epi32(_mm256_hadd_epi32(v[4], v[5]), _mm256_hadd_epi32(v[6], v[7]));
  return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20),
                          _mm256_permute2x128_si256(low, high, 0x31));
}

inline __attribute__((always_inline)) int16_t bits16_at(const uint8_t* at) {
  int16_t bits;
  __builtin_memcpy(&bits, at, sizeof bits);
  return bits;
}

/// One f16 of each row's block, `offset` bytes from d.
template <typename Block>
inline __attribute__((always_inline)) __m256 f16_of_rows(const uint8_t* const* rows, int64_t b,
                                                         int64_t offset) {
  const auto bits = [=](int r) __attribute__((always_inline)) {
    return bits16_at(Block::d_at(rows[r], b) + offset);
  };
  return _mm256_cvtph_ps(
      _mm_setr_epi16(bits(0), bits(1), bits(2), bits(3), bits(4), bits(5), bits(6), bits(7)));
}

template <typename Block, int C>
void eight_rows(const TernDenseMatmulQ* args, int32_t n, int32_t t) {
  const uint8_t* rows[8];
#pragma GCC unroll 8
  for (int32_t r = 0; r < 8; ++r) rows[r] = row_at(args, n + r);
  __m256 acc[C];
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) acc[c] = _mm256_setzero_ps();
  for (int64_t b = 0; b < args->k / 32; ++b) {
    __m256i codes[8];
#pragma GCC unroll 8
    for (int r = 0; r < 8; ++r) codes[r] = Block::codes(rows[r], b);
    const __m256 d_w = f16_of_rows<Block>(rows, b, 0);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const size_t token = static_cast<size_t>(t) + static_cast<size_t>(c);
      const size_t at = token * args->block_stride + static_cast<size_t>(b);
      const int8_t* q_at = args->q + token * args->q_stride + 32 * b;
      const __m256i q = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q_at));
      __m256i partial[8];
#pragma GCC unroll 8
      for (int r = 0; r < 8; ++r) partial[r] = products<Block>(codes[r], q, Block::scales(rows[r], b));
      const __m256 isum = _mm256_cvtepi32_ps(sums_of(partial));
      acc[c] = _mm256_fmadd_ps(_mm256_mul_ps(d_w, _mm256_set1_ps(args->d_a[at])), isum, acc[c]);
      if (Block::kHasMinimum) {
        const float offset = args->d_a[at] * static_cast<float>(args->q_sum[at]);
        acc[c] = _mm256_fmadd_ps(f16_of_rows<Block>(rows, b, 2), _mm256_set1_ps(offset), acc[c]);
      }
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < C; ++c) {
    float results[8];
    _mm256_storeu_ps(results, acc[c]);
    float* y = args->y + static_cast<size_t>(t + c) * args->y_stride + static_cast<size_t>(n);
    for (int r = 0; r < 8 && n + r < args->n_end; ++r) y[r] = results[r];
  }
}

template <typename Block>
void all_rows_q(const TernDenseMatmulQ* args) {
  for (int32_t n = args->n_begin; n < args->n_end; n += 8) {
    int32_t t = 0;
    for (; t + 4 <= args->tokens; t += 4) eight_rows<Block, 4>(args, n, t);
    for (; t < args->tokens; ++t) eight_rows<Block, 1>(args, n, t);
  }
}

}  // namespace

void dense_matmul_f32_any_f32_4x1_avx2(const TernDenseMatmul* args) {
  switch (args->format) {
    case TERN_DENSE_F32:
      return all_rows<F32>(args);
    case TERN_DENSE_F16:
      return all_rows<F16>(args);
    case TERN_DENSE_BF16:
      return all_rows<Bf16>(args);
    case TERN_DENSE_Q8_0:
      return all_rows<Q8_0>(args);
    case TERN_DENSE_Q4_1:
      return all_rows<Q4_1>(args);
    case TERN_DENSE_Q6_K:
      return all_rows<Q6K>(args);
    default:
      __builtin_trap();  // not a TernDenseFormat
  }
}

void dense_matmul_q8_any_f32_8x4_avx2(const TernDenseMatmulQ* args) {
  switch (args->format) {
    case TERN_DENSE_Q8_0:
      return all_rows_q<Q8_0Block>(args);
    case TERN_DENSE_Q4_1:
      return all_rows_q<Q4_1Block>(args);
    case TERN_DENSE_Q6_K:
      return all_rows_q<Q6KBlock>(args);
    default:
      __builtin_trap();  // not a block format
  }
}
