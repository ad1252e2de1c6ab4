#pragma once
// Attention of a tile of queries over a paged KV cache, in the fixed order of docs/numerics.md rule 9. C-like
// (rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A page holds 64 absolute positions; a segment is 1,024 keys = 16 pages. A tile has at most 32 queries.
enum { TERN_KV_PAGE = 64, TERN_KV_SEGMENT = 1024, TERN_ATTENTION_QUERIES = 32 };

/// A page's K of one layer and KV head is [64, head_dim] elements; TERN_KV_I8 has [64] float scales behind
/// them, one a position. V likewise.
enum TernKvFormat { TERN_KV_F16, TERN_KV_F32, TERN_KV_I8 };

/// rows * heads queries that share a KV head: `rows` consecutive positions of one sequence, whose last
/// visible keys lie in one page, and `heads` consecutive heads. Query i is head i % heads of row i / heads.
/// A key is read once for all of them; the bits of a query do not depend on the others of its tile.
typedef struct TernAttention {
  const float* q;               ///< row r, head h: [head_dim] at q + r * q_stride + h * head_dim, rotated
  size_t q_stride;              ///< floats from row to row
  int32_t rows, heads;          ///< rows * heads <= TERN_ATTENTION_QUERIES
  const uint8_t* const* pages;  ///< page p holds positions [64p, 64p + 64)
  size_t k_offset, v_offset;    ///< bytes from a page's start to this layer's and head's K and V
  int32_t format;               ///< TernKvFormat
  int32_t head_dim;             ///< any
  int64_t n_keys;               ///< row r sees keys [0, n_keys + r), n_keys >= 1 ..
  int64_t window;               ///< .. or only the last `window` >= 1 of these; 0: all
  float scale;                  ///< 1/sqrt(head_dim) mostly, applied to the finished dot product
} TernAttention;

/// Running state of a query: m = maximum, l = sum of exp(s - m), acc[head_dim] = sum of exp(s - m) * v.
typedef struct TernAttentionState {
  float m, l;
} TernAttentionState;

/// The first of n_keys keys that a query sees through a window of `window` (0: all).
static inline int64_t tern_attention_first_key(int64_t n_keys, int64_t window) {
  return window > 0 && window < n_keys ? n_keys - window : 0;
}

/// For every query its keys of segment [begin, begin + 1024), begin a multiple of 1024 below n_keys, into a
/// fresh (m, l, acc): state[i] and acc[i * head_dim ..]. For each block of 64 at absolute positions,
/// ascending: s_j = dot(q, k_j) (rule 3) * scale; m' = max(m, max_j s_j); c = exp(m - m') (m starts at -inf,
/// so c = 0 first); p_j = exp(s_j - m'); l = l*c + sum(p) where sum is rule 3 over the block's j and
/// l*c + sum is fma(l, c, sum); acc = acc*c (rounded), then for j ascending acc = fma(p_j, v_j, acc).
/// Keys before a query's window are left out as those behind its position are: their lanes of the sum are +0,
/// blocks without a visible key change nothing, and a query that sees no key of the segment is left at m =
/// -inf, l = 0. TERN_KV_I8: k_j and v_j are float(int8); s_j = (dot(q, k_j) * k_scale_j) * scale, and acc
/// takes p_j * v_scale_j (rounded) in place of p_j.
typedef void (*TernAttentionSegmentFn)(const TernAttention* args, int64_t begin, TernAttentionState* state,
                                       float* acc);

/// Adds a segment to the total of one query, which starts as m = -inf, l = 0, acc = 0:
/// m' = max(M, m); c1 = exp(M - m'); c2 = exp(m - m'); L = fma(l, c2, L*c1); A = fma(acc, c2, A*c1).
typedef void (*TernAttentionMergeFn)(const TernAttentionState* state, const float* acc, int64_t head_dim,
                                     TernAttentionState* total, float* total_acc);

#define TERN_KERNEL(name, min_isa) \
  void name(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc);
#define TERN_KERNEL_MERGE(name, min_isa)                                                                    \
  void name(const TernAttentionState* state, const float* acc, int64_t head_dim, TernAttentionState* total, \
            float* total_acc);
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_MERGE

#ifdef __cplusplus
}
#endif
