#pragma once
// Attention of one query row over a paged KV cache, in the fixed order of docs/numerics.md rule 9. C-like
// (rule 11).
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A page holds 64 absolute positions; a segment is 1,024 keys = 16 pages.
enum { TERN_KV_PAGE = 64, TERN_KV_SEGMENT = 1024 };
enum TernKvFormat { TERN_KV_F16, TERN_KV_F32 };

typedef struct TernAttention {
  const float* q;               ///< [head_dim], already rotated
  const uint8_t* const* pages;  ///< page p holds positions [64p, 64p + 64)
  size_t k_offset, v_offset;  ///< bytes from a page's start to this layer's and head's [64, head_dim] K and V
  int32_t format;             ///< TernKvFormat
  int32_t head_dim;           ///< any; scratch and out hold head_dim floats
  int64_t n_keys;             ///< keys [0, n_keys) are visible, n_keys >= 1
  float scale;                ///< 1/sqrt(head_dim), applied to the finished dot product
} TernAttention;

/// Running state of a segment: m = maximum, l = sum of exp(s - m), acc[head_dim] = sum of exp(s - m) * v.
typedef struct TernAttentionState {
  float m, l;
} TernAttentionState;

/// Keys [begin, min(begin + 1024, n_keys)), begin a multiple of 1024, into a fresh (m, l, acc). For each
/// block of 64 at absolute positions, ascending: s_j = dot(q, k_j) (rule 3) * scale; m' = max(m, max_j s_j);
/// c = exp(m - m') (m starts at -inf, so c = 0 first); p_j = exp(s_j - m'); l = l*c + sum(p) where sum is
/// rule 3 over the block's j and l*c + sum is fma(l, c, sum); acc = acc*c (rounded), then for j ascending acc
/// = fma(p_j, v_j, acc).
typedef void (*TernAttentionSegmentFn)(const TernAttention* args, int64_t begin, TernAttentionState* state,
                                       float* acc);

#define TERN_KERNEL(name, min_isa) \
  void name(const TernAttention* args, int64_t begin, TernAttentionState* state, float* acc);
#include "kernels/attention/kernels.inc"
#undef TERN_KERNEL

#ifdef __cplusplus
}
#endif
