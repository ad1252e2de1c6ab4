// The definition: every other kernel of attention gives the bits of these two.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/attention/attention.h"
#include "kernels/exp.h"
#include "kernels/lanes.h"
#include "tensor/float16.h"

namespace {

float load_f32(const uint8_t* at) {
  float value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

size_t element_bytes(int32_t format) {
  return format == TERN_KV_I8 ? 1 : format == TERN_KV_F16 ? 2 : 4;
}

/// Element i of a K or V row in the cache's format, without its scale.
float load(const uint8_t* row, int32_t format, int64_t i) {
  switch (format) {
    case TERN_KV_I8:
      return static_cast<float>(static_cast<int8_t>(row[i]));
    case TERN_KV_F16: {
      uint16_t bits;
      std::memcpy(&bits, row + 2 * i, sizeof bits);
      return tern::f16_to_f32(bits);
    }
    default:
      return load_f32(row + 4 * i);
  }
}

/// One query, which sees keys [first_key, n_keys).
void segment(const TernAttention& args, const float* q, int64_t first_key, int64_t n_keys, int64_t begin,
             TernAttentionState* state, float* acc) {
  const int64_t d = args.head_dim;
  const bool scaled = args.format == TERN_KV_I8;
  const size_t row_bytes = static_cast<size_t>(d) * element_bytes(args.format);
  const size_t scales = TERN_KV_PAGE * row_bytes;  // from the start of K or V
  const int64_t end = std::min(begin + TERN_KV_SEGMENT, n_keys);
  float m = -std::numeric_limits<float>::infinity();
  float l = 0;
  std::fill(acc, acc + d, 0.0f);
  for (int64_t block = begin; block < end; block += TERN_KV_PAGE) {
    const int64_t first = std::max<int64_t>(first_key - block, 0);
    if (first >= TERN_KV_PAGE) continue;
    const int64_t keys = std::min<int64_t>(TERN_KV_PAGE, end - block);
    const uint8_t* k = args.pages[block / TERN_KV_PAGE] + args.k_offset;
    const uint8_t* v = args.pages[block / TERN_KV_PAGE] + args.v_offset;
    float p[TERN_KV_PAGE] = {};
    float m_new = m;
    for (int64_t j = first; j < keys; ++j) {
      const uint8_t* row = k + static_cast<size_t>(j) * row_bytes;
      float dot = tern::internal::lane_dot_of(
          d, [q](int64_t i) { return q[i]; }, [&](int64_t i) { return load(row, args.format, i); });
      if (scaled) dot *= load_f32(k + scales + 4 * j);
      p[j] = dot * args.scale;
      if (p[j] > m_new) m_new = p[j];
    }
    const float c = tern::exp_f32(m - m_new);
    for (int64_t j = first; j < keys; ++j) p[j] = tern::exp_f32(p[j] - m_new);
    const float sum = tern::internal::lane_dot_of(
        keys, [&p](int64_t j) { return p[j]; }, [](int64_t) { return 1.0f; });
    l = std::fma(l, c, sum);
    m = m_new;
    if (scaled) {
      for (int64_t j = first; j < keys; ++j) p[j] *= load_f32(v + scales + 4 * j);
    }
    for (int64_t i = 0; i < d; ++i) {
      float value = acc[i] * c;
      for (int64_t j = first; j < keys; ++j) {
        value = std::fma(p[j], load(v + static_cast<size_t>(j) * row_bytes, args.format, i), value);
      }
      acc[i] = value;
    }
  }
  *state = {m, l};
}

}  // namespace

void attention_segment_scalar(const TernAttention* args, int64_t begin, TernAttentionState* state,
                              float* acc) {
  for (int64_t r = 0; r < args->rows; ++r) {
    for (int64_t h = 0; h < args->heads; ++h) {
      const int64_t i = r * args->heads + h;
      const float* q = args->q + static_cast<size_t>(r) * args->q_stride + h * args->head_dim;
      const int64_t n_keys = args->n_keys + r;
      segment(*args, q, tern_attention_first_key(n_keys, args->window), n_keys, begin, state + i,
              acc + i * args->head_dim);
    }
  }
}

void attention_merge_scalar(const TernAttentionState* state, const float* acc, int64_t head_dim,
                            TernAttentionState* total, float* total_acc) {
  const float m = state->m > total->m ? state->m : total->m;
  const float c1 = tern::exp_f32(total->m - m);
  const float c2 = tern::exp_f32(state->m - m);
  total->l = std::fma(state->l, c2, total->l * c1);
  total->m = m;
  for (int64_t i = 0; i < head_dim; ++i) total_acc[i] = std::fma(acc[i], c2, total_acc[i] * c1);
}
