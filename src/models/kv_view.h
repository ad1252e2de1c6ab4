#pragma once
// Where a sequence's keys and values live; memory belongs to the engine's KV cache.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/attention/attention.h"

namespace tern {

/// Layout of one page of 64 positions, all layers: layer l, head h: K at k_offset(l,h), V at v_offset(l,h),
/// each [64, head_dim] elements of `format`.
struct KvLayout {
  TernKvFormat format = TERN_KV_F16;
  int64_t layers = 0, kv_heads = 0, head_dim = 0;
  size_t element_bytes() const { return format == TERN_KV_F16 ? 2 : 4; }
  size_t head_bytes() const { return static_cast<size_t>(TERN_KV_PAGE * head_dim) * element_bytes(); }
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
