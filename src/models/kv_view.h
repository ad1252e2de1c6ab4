#pragma once
// Where a sequence's keys and values live; memory belongs to the engine's KV cache.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/attention/attention.h"

namespace tern {

/// Layout of one page of 64 positions, all layers: layer l, head h: K at k_offset(l,h), V at v_offset(l,h),
/// each [64, head_dim] elements of `format`, and behind them [64] float scales when it is TERN_KV_I8.
struct KvLayout {
  TernKvFormat format = TERN_KV_F16;
  int64_t layers = 0, kv_heads = 0, head_dim = 0;
  size_t element_bytes() const { return format == TERN_KV_I8 ? 1 : format == TERN_KV_F16 ? 2 : 4; }
  size_t row_bytes() const { return static_cast<size_t>(head_dim) * element_bytes(); }
  /// From the start of a head's K or V.
  size_t scales_offset() const { return TERN_KV_PAGE * row_bytes(); }
  size_t head_bytes() const {
    return scales_offset() + (format == TERN_KV_I8 ? TERN_KV_PAGE * sizeof(float) : 0);
  }
  size_t k_offset(int64_t layer, int64_t head) const {
    return static_cast<size_t>((layer * 2) * kv_heads + head) * head_bytes();
  }
  size_t v_offset(int64_t layer, int64_t head) const {
    return static_cast<size_t>((layer * 2 + 1) * kv_heads + head) * head_bytes();
  }
  size_t page_bytes() const { return static_cast<size_t>(layers * 2 * kv_heads) * head_bytes(); }
};

/// A sequence's pages; the forward pass writes positions [pos0, pos0+n) of it.
struct KvView {
  KvLayout layout;
  std::vector<uint8_t*> pages;
};

}  // namespace tern
