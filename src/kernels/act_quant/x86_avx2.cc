#include "kernels/act_quant/act_quant.h"

#include "kernels/x86_avx2.h"

namespace {

constexpr int32_t kInfinityBits = 0x7f800000;

inline __attribute__((always_inline)) int32_t magnitude_bits(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffff;
}

inline __attribute__((always_inline)) float float_of(int32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/// Bits of the greatest |x|: as signed integers they order like the floats, NaN above infinity above the
/// rest.
int32_t absmax_bits(const float* x, int64_t n) {
  const __m256i mask = _mm256_set1_epi32(0x7fffffff);
  __m256i greatest8 = _mm256_setzero_si256();
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i bits = _mm256_castps_si256(_mm256_loadu_ps(x + i));
    greatest8 = _mm256_max_epi32(greatest8, _mm256_and_si256(bits, mask));
  }
  __m128i greatest4 =
      _mm_max_epi32(_mm256_castsi256_si128(greatest8), _mm256_extracti128_si256(greatest8, 1));
  greatest4 = _mm_max_epi32(greatest4, _mm_shuffle_epi32(greatest4, 0x4e));
  greatest4 = _mm_max_epi32(greatest4, _mm_shuffle_epi32(greatest4, 0xb1));
  int32_t greatest = _mm_cvtsi128_si32(greatest4);
  for (; i < n; ++i) {
    const int32_t bits = magnitude_bits(x[i]);
    if (bits > greatest) greatest = bits;
  }
  return greatest;
}

/// clamp(round_half_even(x * factor)) of 8 finite values. vcvtps2dq rounds half to even in the default mode.
inline __attribute__((always_inline)) __m256i quantize8(__m256 x, __m256 factor) {
  const __m256 limit = _mm256_set1_ps(127.0f);
  const __m256 scaled = _mm256_mul_ps(x, factor);
  const __m256 clamped =
      _mm256_max_ps(_mm256_min_ps(scaled, limit), _mm256_sub_ps(_mm256_setzero_ps(), limit));
  return _mm256_cvtps_epi32(clamped);
}

/// Quantizes 32 values; adds their q to `sums` lane by lane.
inline __attribute__((always_inline)) __m256i quantize32(const float* x, __m256 factor, int8_t* q,
                                                         __m256i sums) {
  const __m256i a = quantize8(_mm256_loadu_ps(x), factor), b = quantize8(_mm256_loadu_ps(x + 8), factor);
  const __m256i c = quantize8(_mm256_loadu_ps(x + 16), factor),
                d = quantize8(_mm256_loadu_ps(x + 24), factor);
  // Packing works within 128-bit halves; the permutation puts the groups of four back in order.
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(q), _mm256_permutevar8x32_epi32(bytes, order));
  return _mm256_add_epi32(sums, _mm256_add_epi32(_mm256_add_epi32(a, b), _mm256_add_epi32(c, d)));
}

}  // namespace

int32_t act_quant_f32_i8_avx2(const float* x, int64_t k, int8_t* q, int64_t q_padded, float* a,
                              int32_t* q_sum) {
  const int32_t greatest = absmax_bits(x, k);
  if (greatest >= kInfinityBits) return 1;
  const float absmax = float_of(greatest);
  *a = 127.0f / (absmax > 1e-5f ? absmax : 1e-5f);
  const __m256 factor = _mm256_set1_ps(*a);
  __m256i sums = _mm256_setzero_si256();
  int64_t i = 0;
  for (; i + 32 <= k; i += 32) sums = quantize32(x + i, factor, q + i, sums);
  if (i < k) {
    float rest[32] = {};
    int8_t rest_q[32];
    __builtin_memcpy(rest, x + i, static_cast<size_t>(k - i) * sizeof(float));
    sums = quantize32(rest, factor, rest_q, sums);
    __builtin_memcpy(q + i, rest_q, static_cast<size_t>(k - i));
  }
  *q_sum = sum_of(sums);
  __builtin_memset(q + k, 0, static_cast<size_t>(q_padded - k));
  return 0;
}

int32_t act_quant_blocks_f32_i8_avx2(const float* x, int64_t k, int8_t* q, float* d, int32_t* q_sum) {
  for (int64_t b = 0; b < k / 32; ++b) {
    const int32_t greatest = absmax_bits(x + 32 * b, 32);
    if (greatest >= kInfinityBits) return 1;
    const float absmax = float_of(greatest);
    const float inverse = absmax > 0 ? 127.0f / absmax : 0.0f;
    const bool zero = magnitude_bits(inverse) >= kInfinityBits;
    d[b] = zero ? 0.0f : absmax / 127.0f;
    q_sum[b] = sum_of(
        quantize32(x + 32 * b, _mm256_set1_ps(zero ? 0.0f : inverse), q + 32 * b, _mm256_setzero_si256()));
  }
  return 0;
}
