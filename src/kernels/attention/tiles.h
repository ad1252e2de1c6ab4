#pragma once
// attention_segment and attention_merge in vector registers: what the instruction sets share. For their .cc
// files only: everything is static (docs/numerics.md rule 11). V is an instruction set:
//
//   V::Lanes a register of V::kLanes floats; zero(), broadcast(x), load(p), store(p, a), add, sub, mul,
//   fma(a, b, c) = a*b + c, greater(a, b) = a > b ? a : b, exp_lanes(a), greatest(a) of all lanes
//   V::keep(a) has a in a register, where the compiler would rather load it anew for every use
//   V::f32(bytes), f16(bytes), i8(bytes): kLanes elements of a cached row
//   V::kQueries, kKeys: dot products of so many queries and keys are held in registers at once, one part of
//   the 16 lanes of rule 3 after the other; V::sums<Q>(acc, out): out[64 * query + key] = the tree 8-4-2-1 of
//   acc[part][query][key]; V::sum(acc) that of acc[part]
//   V::kValueQueries, kVectors: and sums of so many queries over kVectors registers of the values
//
// Keys and values are converted to float once a tile: in registers where one group of queries is all there is
// (decoding), else into a buffer that stays in the nearest cache. A row's keys are followed by its values and
// these by the next page, far away in memory: each is fetched while the one before is read.
#include "kernels/attention/attention.h"

namespace {

constexpr int kWidth = 16;             // lanes of rule 3
constexpr int kLongestBuffered = 256;  // a key of more elements is converted for each group of queries anew

template <class V>
struct F32Cache {
  static constexpr int kBytes = 4;
  static constexpr bool kConverts = false, kScaled = false;
  static inline __attribute__((always_inline)) auto load(const uint8_t* at) { return V::f32(at); }
};
template <class V>
struct F16Cache {
  static constexpr int kBytes = 2;
  static constexpr bool kConverts = true, kScaled = false;
  static inline __attribute__((always_inline)) auto load(const uint8_t* at) { return V::f16(at); }
};
template <class V>
struct I8Cache {
  static constexpr int kBytes = 1;
  static constexpr bool kConverts = true, kScaled = true;
  static inline __attribute__((always_inline)) auto load(const uint8_t* at) { return V::i8(at); }
};

inline __attribute__((always_inline)) int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

template <class V>
constexpr int kParts = kWidth / V::kLanes;

/// The first `count` elements (0 when it is negative) of a register's worth, then +0.
template <class Cache>
inline __attribute__((always_inline)) auto load_first(const uint8_t* at, int64_t count) {
  uint8_t buffer[kWidth * sizeof(float)] = {0};
  if (count > 0) __builtin_memcpy(buffer, at, static_cast<size_t>(count) * Cache::kBytes);
  return Cache::load(buffer);
}

inline __attribute__((always_inline)) const uint8_t* bytes_of(const float* values) {
  return reinterpret_cast<const uint8_t*>(values);
}

/// Rows [count, d] of the cache, elements from `first` to `first` + width (a multiple of 16), as floats
/// [count, width]; +0 behind the row's end.
template <class V, class Cache>
inline __attribute__((always_inline)) void convert(const uint8_t* rows, size_t row_bytes, int64_t count,
                                                   int64_t d, int64_t first, int64_t width, float* out) {
  for (int64_t j = 0; j < count; ++j, rows += row_bytes, out += width) {
    for (int64_t i = 0; i < width; i += V::kLanes) {
      const uint8_t* at = rows + (first + i) * Cache::kBytes;
      const int64_t rest = d - first - i;
      V::store(out + i, rest >= V::kLanes ? Cache::load(at) : load_first<Cache>(at, rest));
    }
  }
}

/// One part of the lanes of Q queries times kKeys keys: lane `first` and the following.
template <class V, class Cache, int Q>
inline __attribute__((always_inline)) void dots_part(const float* const* q, const uint8_t* const* rows,
                                                     int64_t first, int64_t d,
                                                     typename V::Lanes (&out)[Q][V::kKeys]) {
  typename V::Lanes acc[Q][V::kKeys], key[V::kKeys];
#pragma GCC unroll 8
  for (int n = 0; n < Q; ++n) {
#pragma GCC unroll 8
    for (int k = 0; k < V::kKeys; ++k) acc[n][k] = V::zero();
  }
  int64_t i = first;
  for (; i - first + kWidth <= d; i += kWidth) {
#pragma GCC unroll 8
    for (int k = 0; k < V::kKeys; ++k) key[k] = Cache::load(rows[k] + i * Cache::kBytes);
#pragma GCC unroll 8
    for (int n = 0; n < Q; ++n) {
      typename V::Lanes query = V::load(q[n] + i);
      V::keep(query);
#pragma GCC unroll 8
      for (int k = 0; k < V::kKeys; ++k) acc[n][k] = V::fma(query, key[k], acc[n][k]);
    }
  }
  if (i - first < d) {
    const int64_t rest = least(d - i, V::kLanes);
#pragma GCC unroll 8
    for (int k = 0; k < V::kKeys; ++k) key[k] = load_first<Cache>(rows[k] + i * Cache::kBytes, rest);
#pragma GCC unroll 8
    for (int n = 0; n < Q; ++n) {
      const typename V::Lanes query = load_first<F32Cache<V>>(bytes_of(q[n] + i), rest);
#pragma GCC unroll 8
      for (int k = 0; k < V::kKeys; ++k) acc[n][k] = V::fma(query, key[k], acc[n][k]);
    }
  }
#pragma GCC unroll 8
  for (int n = 0; n < Q; ++n) {
#pragma GCC unroll 8
    for (int k = 0; k < V::kKeys; ++k) out[n][k] = acc[n][k];
  }
}

/// p[64 * query + key] = dot(query, key) of Q queries and the `present` >= 1 keys of a group of kKeys; the
/// places of the others get the last one's.
template <class V, class Cache, int Q>
inline __attribute__((always_inline)) void dots(const float* const* q, const uint8_t* keys, size_t row_bytes,
                                                int64_t present, int64_t d, float* p) {
  const uint8_t* rows[V::kKeys];
#pragma GCC unroll 8
  for (int k = 0; k < V::kKeys; ++k) rows[k] = keys + static_cast<size_t>(least(k, present - 1)) * row_bytes;
  typename V::Lanes acc[kParts<V>][Q][V::kKeys];
  for (int part = 0; part < kParts<V>; ++part)
    dots_part<V, Cache, Q>(q, rows, part * V::kLanes, d, acc[part]);
  V::template sums<Q>(acc, p);
}

/// dots of 1 to Q queries.
template <class V, class Cache, int Q>
void dots_of(int64_t queries, const float* const* q, const uint8_t* keys, size_t row_bytes, int64_t present,
             int64_t d, float* p) {
  if (queries >= Q) {
    dots<V, Cache, Q>(q, keys, row_bytes, present, d, p);
  } else if constexpr (Q > 1) {
    dots_of<V, Cache, Q - 1>(queries, q, keys, row_bytes, present, d, p);
  }
}

constexpr int64_t kLine = 64;

/// Bytes from one place to another, which need not belong to the same memory.
inline __attribute__((always_inline)) int64_t distance(const uint8_t* from, const uint8_t* to) {
  return static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from));
}
inline __attribute__((always_inline)) const uint8_t* moved(const uint8_t* from, int64_t bytes) {
  return reinterpret_cast<const uint8_t*>(reinterpret_cast<uintptr_t>(from) + static_cast<uintptr_t>(bytes));
}

/// Asks for memory that will be read soon; it need not be there.
inline __attribute__((always_inline)) void fetch(const uint8_t* from, int64_t bytes) {
  for (int64_t i = 0; i < bytes; i += kLine) __builtin_prefetch(from + i, 0, 2);
}

/// p[64 * query + key] = dot(query, key) of a block's keys. `ahead` is laid out as `keys` and read next.
template <class V, class Cache>
void block_dots(const float* const* q, int64_t queries, const uint8_t* keys, const uint8_t* ahead,
                int64_t count, int64_t d, float* p) {
  const size_t row_bytes = static_cast<size_t>(d) * Cache::kBytes;
  const int64_t padded = (d + kWidth - 1) / kWidth * kWidth;
  const bool buffered = Cache::kConverts && queries > V::kQueries && d <= kLongestBuffered;
  float buffer[V::kKeys * kLongestBuffered];
  for (int64_t j = 0; j < count; j += V::kKeys, keys += V::kKeys * row_bytes) {
    const int64_t present = least(V::kKeys, count - j);
    fetch(ahead + static_cast<size_t>(j) * row_bytes, present * static_cast<int64_t>(row_bytes));
    if (buffered) convert<V, Cache>(keys, row_bytes, present, d, 0, padded, buffer);
    for (int64_t n = 0; n < queries; n += V::kQueries) {
      float* const to = p + n * TERN_KV_PAGE + j;
      if (buffered) {
        dots_of<V, F32Cache<V>, V::kQueries>(queries - n, q + n, bytes_of(buffer),
                                             static_cast<size_t>(padded) * sizeof(float), present, d, to);
      } else {
        dots_of<V, Cache, V::kQueries>(queries - n, q + n, keys, row_bytes, present, d, to);
      }
    }
  }
}

template <class V>
inline __attribute__((always_inline)) float exp_of(float x) {
  float result[V::kLanes];
  V::store(result, V::exp_lanes(V::broadcast(x)));
  return result[0];
}

/// One query and block, whose keys [first, keys) it sees: p holds dot products and becomes the weights of the
/// values; the state goes on. Returns the factor of what has been summed before.
template <class V, class Cache>
float weigh(const TernAttention* args, const uint8_t* page, int64_t first, int64_t keys, float* p,
            TernAttentionState* state) {
  const size_t scales = TERN_KV_PAGE * static_cast<size_t>(args->head_dim) * Cache::kBytes;
  const typename V::Lanes scale = V::broadcast(args->scale);
  for (int64_t j = 0; j < keys; j += V::kLanes) {
    typename V::Lanes s = V::load(p + j);
    if (Cache::kScaled) s = V::mul(s, V::f32(page + args->k_offset + scales + 4 * j));
    V::store(p + j, V::mul(s, scale));
  }
  for (int64_t j = 0; j < first; ++j) p[j] = -__builtin_inff();  // whose exp is +0
  for (int64_t j = keys; j < TERN_KV_PAGE; ++j) p[j] = -__builtin_inff();
  typename V::Lanes greatest = V::broadcast(state->m);
  for (int64_t j = 0; j < TERN_KV_PAGE; j += V::kLanes) greatest = V::greater(V::load(p + j), greatest);
  const float m = V::greatest(greatest);
  const typename V::Lanes subtracted = V::broadcast(m);
  typename V::Lanes sum[kParts<V>];
#pragma GCC unroll 8
  for (int part = 0; part < kParts<V>; ++part) sum[part] = V::zero();
  for (int64_t j = 0; j < TERN_KV_PAGE; j += kWidth) {
#pragma GCC unroll 8
    for (int part = 0; part < kParts<V>; ++part) {
      const int64_t at = j + part * V::kLanes;
      typename V::Lanes weight = V::exp_lanes(V::sub(V::load(p + at), subtracted));
      sum[part] = V::add(sum[part], weight);
      if (Cache::kScaled) weight = V::mul(weight, V::f32(page + args->v_offset + scales + 4 * at));
      V::store(p + at, weight);
    }
  }
  const float c = exp_of<V>(state->m - m);
  *state = {m, __builtin_fmaf(state->l, c, V::sum(sum))};
  return c;
}

/// acc = acc*c, then fma(p_j, v_j, acc) for ascending j, of Q queries and L registers of the values. What
/// lies `ahead` bytes behind them is read next (0: nothing).
template <class V, class Cache, int Q, int L>
inline __attribute__((always_inline)) void add_values(const float* p, const float* c, const uint8_t* values,
                                                      int64_t ahead, size_t row_bytes, int64_t keys,
                                                      float* acc, int64_t acc_stride) {
  typename V::Lanes sum[Q][L];
#pragma GCC unroll 8
  for (int n = 0; n < Q; ++n) {
#pragma GCC unroll 8
    for (int l = 0; l < L; ++l)
      sum[n][l] = V::mul(V::load(acc + n * acc_stride + V::kLanes * l), V::broadcast(c[n]));
  }
  for (int64_t j = 0; j < keys; ++j, values += row_bytes) {
    if (ahead != 0) fetch(moved(values, ahead), V::kLanes * L * Cache::kBytes);
    typename V::Lanes value[L];
#pragma GCC unroll 8
    for (int l = 0; l < L; ++l) value[l] = Cache::load(values + V::kLanes * l * Cache::kBytes);
#pragma GCC unroll 8
    for (int n = 0; n < Q; ++n) {
      const typename V::Lanes weight = V::broadcast(p[n * TERN_KV_PAGE + j]);
#pragma GCC unroll 8
      for (int l = 0; l < L; ++l) sum[n][l] = V::fma(weight, value[l], sum[n][l]);
    }
  }
#pragma GCC unroll 8
  for (int n = 0; n < Q; ++n) {
#pragma GCC unroll 8
    for (int l = 0; l < L; ++l) V::store(acc + n * acc_stride + V::kLanes * l, sum[n][l]);
  }
}

/// add_values of 1 to Q queries.
template <class V, class Cache, int Q, int L>
void add_values_of(int64_t queries, const float* p, const float* c, const uint8_t* values, int64_t ahead,
                   size_t row_bytes, int64_t keys, float* acc, int64_t acc_stride) {
  if (queries >= Q) {
    add_values<V, Cache, Q, L>(p, c, values, ahead, row_bytes, keys, acc, acc_stride);
  } else if constexpr (Q > 1) {
    add_values_of<V, Cache, Q - 1, L>(queries, p, c, values, ahead, row_bytes, keys, acc, acc_stride);
  }
}

/// L registers of the values for all queries.
template <class V, class Cache, int L>
void add_strip(const float* p, const float* c, int64_t queries, const uint8_t* values, int64_t ahead,
               size_t row_bytes, int64_t keys, float* acc, int64_t acc_stride) {
  for (int64_t n = 0; n < queries; n += V::kValueQueries) {
    add_values_of<V, Cache, V::kValueQueries, L>(queries - n, p + n * TERN_KV_PAGE, c + n, values, ahead,
                                                 row_bytes, keys, acc + n * acc_stride, acc_stride);
  }
}

/// The whole width of the values for all queries: acc [queries, d].
template <class V, class Cache>
void block_values(const float* p, const float* c, int64_t queries, const uint8_t* values, int64_t ahead,
                  int64_t keys, int64_t d, float* acc) {
  const size_t row_bytes = static_cast<size_t>(d) * Cache::kBytes;
  const bool buffered = Cache::kConverts && queries > V::kValueQueries;
  constexpr int64_t kStrip = V::kLanes * V::kVectors;
  float buffer[TERN_KV_PAGE * kStrip];
  int64_t i = 0;
  for (; i + kStrip <= d; i += kStrip) {
    if (buffered) {
      convert<V, Cache>(values, row_bytes, keys, d, i, kStrip, buffer);
      add_strip<V, F32Cache<V>, V::kVectors>(p, c, queries, bytes_of(buffer), 0, kStrip * sizeof(float), keys,
                                             acc + i, d);
    } else {
      add_strip<V, Cache, V::kVectors>(p, c, queries, values + i * Cache::kBytes, ahead, row_bytes, keys,
                                       acc + i, d);
    }
  }
  for (; i < d; i += kWidth) {
    convert<V, Cache>(values, row_bytes, keys, d, i, kWidth, buffer);
    const size_t bytes = static_cast<size_t>(least(kWidth, d - i)) * sizeof(float);
    for (int64_t n = 0; n < queries; n += V::kValueQueries) {
      const int64_t present = least(V::kValueQueries, queries - n);
      float padded[V::kValueQueries * kWidth] = {0};
      for (int64_t k = 0; k < present; ++k)
        __builtin_memcpy(padded + k * kWidth, acc + (n + k) * d + i, bytes);
      add_strip<V, F32Cache<V>, kParts<V>>(p + n * TERN_KV_PAGE, c + n, present, bytes_of(buffer), 0,
                                           kWidth * sizeof(float), keys, padded, kWidth);
      for (int64_t k = 0; k < present; ++k)
        __builtin_memcpy(acc + (n + k) * d + i, padded + k * kWidth, bytes);
    }
  }
}

/// The first key of a block that row `row` sees, counted in the block; TERN_KV_PAGE: none.
inline __attribute__((always_inline)) int64_t first_in_block(const TernAttention* args, int64_t row,
                                                             int64_t block) {
  const int64_t first = tern_attention_first_key(args->n_keys + row, args->window) - block;
  return first < 0 ? 0 : least(first, TERN_KV_PAGE);
}

template <class V, class Cache>
void segment(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc) {
  const int64_t d = args->head_dim, heads = args->heads, queries = args->rows * heads;
  const size_t row_bytes = static_cast<size_t>(d) * Cache::kBytes;
  const float* q[TERN_ATTENTION_QUERIES];
  float ones[TERN_ATTENTION_QUERIES];
  for (int64_t i = 0; i < queries; ++i) {
    q[i] = args->q + static_cast<size_t>(i / heads) * args->q_stride + i % heads * d;
    ones[i] = 1.0f;
    state[i] = {-__builtin_inff(), 0.0f};
  }
  __builtin_memset(acc, 0, static_cast<size_t>(queries * d) * sizeof(float));
  float p[TERN_ATTENTION_QUERIES * TERN_KV_PAGE] = {0};  // no lane of a short block is undefined
  float c[TERN_ATTENTION_QUERIES];
  const int64_t end = least(begin + TERN_KV_SEGMENT, args->n_keys);
  const int64_t first_key = tern_attention_first_key(args->n_keys, args->window);
  const int64_t first_block = first_key > begin ? first_key / TERN_KV_PAGE * TERN_KV_PAGE : begin;
  for (int64_t block = first_block; block < end; block += TERN_KV_PAGE) {
    const uint8_t* page = args->pages[block / TERN_KV_PAGE];
    // The first row sees keys up to `common`, each other one more; only in the last page is that not all of
    // them.
    const int64_t common = least(TERN_KV_PAGE, args->n_keys - block);
    const int64_t all = least(TERN_KV_PAGE, args->n_keys + args->rows - 1 - block);
    const uint8_t* const keys = page + args->k_offset;
    const uint8_t* const values = page + args->v_offset;
    const bool last = block + TERN_KV_PAGE >= end;
    const int64_t ahead = last ? 0 : distance(values, args->pages[block / TERN_KV_PAGE + 1] + args->k_offset);
    block_dots<V, Cache>(q, queries, keys, values, all, d, p);
    for (int64_t i = 0; i < queries; ++i) {
      const int64_t first = first_in_block(args, i / heads, block);
      c[i] = first == TERN_KV_PAGE ? 1.0f
                                   : weigh<V, Cache>(args, page, first, least(all, common + i / heads),
                                                     p + i * TERN_KV_PAGE, state + i);
    }
    // Keys [from, common) are seen by all rows; those before by the first rows, those behind by the last.
    const int64_t from = first_in_block(args, args->rows - 1, block);
    const auto one_key = [&](int64_t key) {
      int64_t first = key < common ? 0 : key - common + 1, last = first;
      while (last < args->rows && first_in_block(args, last, block) <= key) ++last;
      first *= heads, last *= heads;
      if (first < last) {
        block_values<V, Cache>(p + first * TERN_KV_PAGE + key, ones, last - first,
                               values + static_cast<size_t>(key) * row_bytes, 0, 1, d, acc + first * d);
      }
    };
    const int64_t first = first_in_block(args, 0, block);
    if (first < from) {
      for (int64_t i = 0; i < queries; ++i) {
        for (int64_t k = 0; k < d; ++k) acc[i * d + k] *= c[i];
      }
      for (int64_t key = first; key < least(from, all); ++key) one_key(key);
    }
    if (from < common) {
      block_values<V, Cache>(p + from, first < from ? ones : c, queries,
                             values + static_cast<size_t>(from) * row_bytes, ahead, common - from, d, acc);
    }
    for (int64_t key = from > common ? from : common; key < all; ++key) one_key(key);
  }
}

template <class V>
void segment_of_format(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc) {
  switch (args->format) {
    case TERN_KV_F16:
      return segment<V, F16Cache<V>>(args, begin, state, acc);
    case TERN_KV_F32:
      return segment<V, F32Cache<V>>(args, begin, state, acc);
    case TERN_KV_I8:
      return segment<V, I8Cache<V>>(args, begin, state, acc);
  }
}

template <class V>
void merge(const TernAttentionState* state, const float* acc, int64_t d, TernAttentionState* total,
           float* total_acc) {
  const float m = state->m > total->m ? state->m : total->m;
  const float c1 = exp_of<V>(total->m - m), c2 = exp_of<V>(state->m - m);
  *total = {m, __builtin_fmaf(state->l, c2, total->l * c1)};
  int64_t i = 0;
  for (; i + V::kLanes <= d; i += V::kLanes) {
    const auto kept = V::mul(V::load(total_acc + i), V::broadcast(c1));
    V::store(total_acc + i, V::fma(V::load(acc + i), V::broadcast(c2), kept));
  }
  for (; i < d; ++i) total_acc[i] = __builtin_fmaf(acc[i], c2, total_acc[i] * c1);
}

}  // namespace
