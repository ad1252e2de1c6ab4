#include "kernels/attention/attention.h"

#include "kernels/x86_avx2.h"

namespace {

struct F32Cache {
  static constexpr size_t kBytes = 4;
  static inline __attribute__((always_inline)) Lanes16 load16(const uint8_t* at) { return load_f32(at); }
  static inline __attribute__((always_inline)) __m256 load8(const uint8_t* at) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
  }
  static inline __attribute__((always_inline)) float load1(const uint8_t* at) {
    float value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
  }
};

struct F16Cache {
  static constexpr size_t kBytes = 2;
  static inline __attribute__((always_inline)) Lanes16 load16(const uint8_t* at) { return load_f16(at); }
  static inline __attribute__((always_inline)) __m256 load8(const uint8_t* at) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
  }
  static inline __attribute__((always_inline)) float load1(const uint8_t* at) { return f16_at(at); }
};

/// scores[r] = dot(q, key r) * scale for R keys one after another.
template <typename Cache, int R>
inline __attribute__((always_inline)) void score(const TernAttention* args, const uint8_t* keys,
                                                 float* scores) {
  const int64_t d = args->head_dim;
  const size_t row_bytes = static_cast<size_t>(d) * Cache::kBytes;
  Lanes16 lanes[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) lanes[r] = zero_lanes();
  int64_t i = 0;
  for (; i + 16 <= d; i += 16) {
    const Lanes16 q = load_f32(args->q + i);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const uint8_t* at = keys + static_cast<size_t>(r) * row_bytes + static_cast<size_t>(i) * Cache::kBytes;
      lanes[r] = fma_lanes(q, Cache::load16(at), lanes[r]);
    }
  }
  if (i < d) {
    const auto rest = static_cast<size_t>(d - i);
    float q[16] = {};
    __builtin_memcpy(q, args->q + i, rest * sizeof(float));
    for (int r = 0; r < R; ++r) {
      uint8_t key[64] = {};
      __builtin_memcpy(key,
                       keys + static_cast<size_t>(r) * row_bytes + static_cast<size_t>(i) * Cache::kBytes,
                       rest * Cache::kBytes);
      lanes[r] = fma_lanes(load_f32(q), Cache::load16(key), lanes[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) scores[r] = tree_sum(lanes[r]) * args->scale;
}

/// acc = acc*c, then fma(p_j, v_j, acc) for ascending j, in 8 * V elements of head_dim from i.
template <typename Cache, int V>
inline __attribute__((always_inline)) void accumulate(const uint8_t* values, size_t row_bytes, int64_t i,
                                                      const float* p, int64_t keys, float c, float* acc) {
  __m256 sum[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) sum[v] = _mm256_mul_ps(_mm256_loadu_ps(acc + i + 8 * v), _mm256_set1_ps(c));
  const uint8_t* at = values + static_cast<size_t>(i) * Cache::kBytes;
  for (int64_t j = 0; j < keys; ++j, at += row_bytes) {
    const __m256 weight = _mm256_broadcast_ss(p + j);
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v)
      sum[v] = _mm256_fmadd_ps(weight, Cache::load8(at + 8 * v * Cache::kBytes), sum[v]);
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) _mm256_storeu_ps(acc + i + 8 * v, sum[v]);
}

template <typename Cache>
void accumulate_all(const TernAttention* args, const uint8_t* values, const float* p, int64_t keys, float c,
                    float* acc) {
  const int64_t d = args->head_dim;
  const size_t row_bytes = static_cast<size_t>(d) * Cache::kBytes;
  int64_t i = 0;
  for (; i + 32 <= d; i += 32) accumulate<Cache, 4>(values, row_bytes, i, p, keys, c, acc);
  for (; i + 8 <= d; i += 8) accumulate<Cache, 1>(values, row_bytes, i, p, keys, c, acc);
  for (; i < d; ++i) {
    float sum = acc[i] * c;
    const uint8_t* at = values + static_cast<size_t>(i) * Cache::kBytes;
    for (int64_t j = 0; j < keys; ++j, at += row_bytes) sum = __builtin_fmaf(p[j], Cache::load1(at), sum);
    acc[i] = sum;
  }
}

inline __attribute__((always_inline)) float exp1(float x) {
  return _mm256_cvtss_f32(exp8(_mm256_set1_ps(x)));
}

/// p = exp(p - m) in place; the sum by rule 3. `p` is filled up to 64 with -inf, whose exp is +0.
inline __attribute__((always_inline)) float exp_and_sum(float* p, float m) {
  const __m256 m8 = _mm256_set1_ps(m);
  Lanes16 lanes = zero_lanes();
  for (int j = 0; j < TERN_KV_PAGE; j += 16) {
    const Lanes16 s = load_f32(p + j);
    const Lanes16 e = {exp8(_mm256_sub_ps(s.low, m8)), exp8(_mm256_sub_ps(s.high, m8))};
    _mm256_storeu_ps(p + j, e.low);
    _mm256_storeu_ps(p + j + 8, e.high);
    lanes = {_mm256_add_ps(lanes.low, e.low), _mm256_add_ps(lanes.high, e.high)};
  }
  return tree_sum(lanes);
}

template <typename Cache>
void segment(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc) {
  const size_t row_bytes = static_cast<size_t>(args->head_dim) * Cache::kBytes;
  const int64_t end = begin + TERN_KV_SEGMENT < args->n_keys ? begin + TERN_KV_SEGMENT : args->n_keys;
  float m = -__builtin_inff();
  float l = 0;
  __builtin_memset(acc, 0, static_cast<size_t>(args->head_dim) * sizeof(float));
  for (int64_t block = begin; block < end; block += TERN_KV_PAGE) {
    const int64_t keys = end - block < TERN_KV_PAGE ? end - block : int64_t{TERN_KV_PAGE};
    const uint8_t* page = args->pages[block / TERN_KV_PAGE];
    const uint8_t* k = page + args->k_offset;
    float p[TERN_KV_PAGE];
    int64_t j = 0;
    for (; j + 4 <= keys; j += 4) score<Cache, 4>(args, k + static_cast<size_t>(j) * row_bytes, p + j);
    for (; j < keys; ++j) score<Cache, 1>(args, k + static_cast<size_t>(j) * row_bytes, p + j);
    for (; j < TERN_KV_PAGE; ++j) p[j] = -__builtin_inff();
    float m_new = m;
    for (j = 0; j < keys; ++j) m_new = p[j] > m_new ? p[j] : m_new;
    const float c = exp1(m - m_new);
    l = __builtin_fmaf(l, c, exp_and_sum(p, m_new));
    m = m_new;
    accumulate_all<Cache>(args, page + args->v_offset, p, keys, c, acc);
  }
  state->m = m;
  state->l = l;
}

}  // namespace

void attention_segment_avx2(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc) {
  if (args->format == TERN_KV_F16) {
    segment<F16Cache>(args, begin, state, acc);
  } else {
    segment<F32Cache>(args, begin, state, acc);
  }
}
