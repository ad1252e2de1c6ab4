// The definition: every other attention_segment kernel gives the bits of this one.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/attention/attention.h"
#include "kernels/exp.h"
#include "kernels/lanes.h"
#include "tensor/float16.h"

namespace {

/// Element i of a K or V row in the cache's format.
float load(const uint8_t* row, int32_t format, int64_t i) {
  if (format == TERN_KV_F16) {
    uint16_t bits;
    std::memcpy(&bits, row + 2 * i, sizeof bits);
    return tern::f16_to_f32(bits);
  }
  float value;
  std::memcpy(&value, row + 4 * i, sizeof value);
  return value;
}

}  // namespace

void attention_segment_scalar(const TernAttention* args, int64_t begin, TernAttentionState* state,
                              float* acc) {
  const int64_t d = args->head_dim;
  const size_t row_bytes = static_cast<size_t>(d) * (args->format == TERN_KV_F16 ? 2 : 4);
  const int64_t end = std::min(begin + TERN_KV_SEGMENT, args->n_keys);
  float m = -std::numeric_limits<float>::infinity();
  float l = 0;
  std::fill(acc, acc + d, 0.0f);
  for (int64_t block = begin; block < end; block += TERN_KV_PAGE) {
    const int64_t keys = std::min<int64_t>(TERN_KV_PAGE, end - block);
    const uint8_t* page = args->pages[block / TERN_KV_PAGE];
    float p[TERN_KV_PAGE];
    float m_new = m;
    for (int64_t j = 0; j < keys; ++j) {
      const uint8_t* k = page + args->k_offset + static_cast<size_t>(j) * row_bytes;
      const float dot = tern::internal::lane_dot_of(
          d, [args](int64_t i) { return args->q[i]; }, [&](int64_t i) { return load(k, args->format, i); });
      p[j] = dot * args->scale;
      if (p[j] > m_new) m_new = p[j];
    }
    const float c = tern::exp_f32(m - m_new);
    for (int64_t j = 0; j < keys; ++j) p[j] = tern::exp_f32(p[j] - m_new);
    const float sum = tern::internal::lane_dot_of(
        keys, [&p](int64_t j) { return p[j]; }, [](int64_t) { return 1.0f; });
    l = std::fma(l, c, sum);
    m = m_new;
    for (int64_t i = 0; i < d; ++i) {
      float value = acc[i] * c;
      for (int64_t j = 0; j < keys; ++j) {
        const uint8_t* v = page + args->v_offset + static_cast<size_t>(j) * row_bytes;
        value = std::fma(p[j], load(v, args->format, i), value);
      }
      acc[i] = value;
    }
  }
  state->m = m;
  state->l = l;
}
