#include <arm_neon.h>

#include "kernels/arm_exp.h"
#include "kernels/arm_lanes.h"
#include "kernels/attention/attention.h"

enum { kKeysAtOnce = 4 };

static inline int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/// 16 values of a cached row from element d, and what one element takes.
typedef Lanes (*Load16)(const uint8_t* row, int64_t d);
static inline Lanes load_f16(const uint8_t* row, int64_t d) {
  return lanes_from_f16_bytes(row + 2 * d);
}
static inline Lanes load_f32(const uint8_t* row, int64_t d) {
  return lanes_from_f32_bytes(row + 4 * d);
}

/// 16 values from element d, of which only the first `count` are in the row; the others are +0.
static inline __attribute__((always_inline)) Lanes load_first(const uint8_t* row, int64_t d, int64_t count,
                                                              size_t element_bytes, Load16 load16) {
  uint8_t buffer[kLanes * sizeof(float)] = {0};
  const size_t bytes = (size_t)count * element_bytes;
  for (size_t i = 0; i < bytes; ++i) buffer[i] = row[(size_t)d * element_bytes + i];
  return load16(buffer, 0);
}

/// scores[j] = dot(q, k_j) * scale of `count` keys.
static inline __attribute__((always_inline)) void block_scores(const TernAttention* args, const uint8_t* keys,
                                                               int64_t count, float* scores,
                                                               size_t element_bytes, Load16 load16) {
  const int64_t rest = args->head_dim % kLanes, whole = args->head_dim - rest;
  const size_t row_bytes = (size_t)args->head_dim * element_bytes;
  for (int64_t j = 0; j < count; j += kKeysAtOnce) {
    const int64_t present = least(count - j, kKeysAtOnce);
    const uint8_t* rows[kKeysAtOnce];  // a short last group reads its last key again
    Lanes acc[kKeysAtOnce];
    for (int64_t i = 0; i < kKeysAtOnce; ++i) {
      rows[i] = keys + (size_t)(j + least(i, present - 1)) * row_bytes;
      acc[i] = lanes_zero();
    }
    for (int64_t d = 0; d < whole; d += kLanes) {
      const Lanes q = lanes_load(args->q + d);
      for (int i = 0; i < kKeysAtOnce; ++i) acc[i] = lanes_fma(acc[i], q, load16(rows[i], d));
    }
    for (int64_t i = 0; i < present; ++i) {
      if (rest != 0) {
        acc[i] = lanes_fma(acc[i], lanes_load_first(args->q + whole, rest),
                           load_first(rows[i], whole, rest, element_bytes, load16));
      }
      scores[j + i] = lanes_sum(acc[i]) * args->scale;
    }
  }
}

/// acc = acc * c, then fma(p_j, v_j, acc) for the keys in order: 16 elements at a time stay in registers.
static inline __attribute__((always_inline)) void add_values(const TernAttention* args, const uint8_t* values,
                                                             int64_t count, const float* p, float c,
                                                             float* acc, size_t element_bytes,
                                                             Load16 load16) {
  const int64_t rest = args->head_dim % kLanes, whole = args->head_dim - rest;
  const size_t row_bytes = (size_t)args->head_dim * element_bytes;
  for (int64_t d = 0; d < whole; d += kLanes) {
    Lanes sums = lanes_scaled(lanes_load(acc + d), c);
    for (int64_t j = 0; j < count; ++j) {
      sums = lanes_fma_scalar(sums, load16(values + (size_t)j * row_bytes, d), p[j]);
    }
    lanes_store(acc + d, sums);
  }
  if (rest == 0) return;
  Lanes sums = lanes_scaled(lanes_load_first(acc + whole, rest), c);
  for (int64_t j = 0; j < count; ++j) {
    const uint8_t* row = values + (size_t)j * row_bytes;
    sums = lanes_fma_scalar(sums, load_first(row, whole, rest, element_bytes, load16), p[j]);
  }
  float last[kLanes];
  lanes_store(last, sums);
  for (int64_t i = 0; i < rest; ++i) acc[whole + i] = last[i];
}

static inline __attribute__((always_inline)) void segment(const TernAttention* args, int64_t begin,
                                                          TernAttentionState* state, float* acc,
                                                          size_t element_bytes, Load16 load16) {
  const int64_t end = least(begin + TERN_KV_SEGMENT, args->n_keys);
  float m = -__builtin_inff(), l = 0.0f;
  for (int64_t d = 0; d < args->head_dim; ++d) acc[d] = 0.0f;
  for (int64_t first = begin; first < end; first += TERN_KV_PAGE) {
    const int64_t count = least(end - first, TERN_KV_PAGE);
    const uint8_t* page = args->pages[first / TERN_KV_PAGE];
    float p[TERN_KV_PAGE] = {0};  // scores, then their exponentials, +0 behind the last key
    block_scores(args, page + args->k_offset, count, p, element_bytes, load16);

    float greatest = m;
    for (int64_t j = 0; j < count; ++j) greatest = p[j] > greatest ? p[j] : greatest;
    const float c = exp_f32x1(m - greatest);
    for (int64_t j = 0; j < count; j += 4) {
      vst1q_f32(p + j, exp_f32x4(vsubq_f32(vld1q_f32(p + j), vdupq_n_f32(greatest))));
    }
    for (int64_t j = count; j < TERN_KV_PAGE; ++j) p[j] = 0.0f;
    Lanes sum = lanes_zero();
    for (int64_t j = 0; j < count; j += kLanes) sum = lanes_add(sum, lanes_load(p + j));
    l = __builtin_fmaf(l, c, lanes_sum(sum));
    add_values(args, page + args->v_offset, count, p, c, acc, element_bytes, load16);
    m = greatest;
  }
  state->m = m;
  state->l = l;
}

extern "C" void attention_segment_neon(const TernAttention* args, int64_t begin, TernAttentionState* state,
                                       float* acc) {
  switch (args->format) {
    case TERN_KV_F16:
      segment(args, begin, state, acc, 2, load_f16);
      break;
    case TERN_KV_F32:
      segment(args, begin, state, acc, 4, load_f32);
      break;
  }
}
