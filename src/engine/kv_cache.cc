#include "engine/kv_cache.h"

#include <new>

namespace tern {

KvCache::KvCache(const ModelConfig& config, TernKvFormat format, int64_t max_positions)
    : max_positions_(max_positions) {
  view_.layout = {
      .format = format, .layers = config.layers, .kv_heads = config.kv_heads, .head_dim = config.head_dim};
}

Status KvCache::check_fits(int64_t n) const {
  if (n <= max_positions_) return {};
  return fail(ErrorCode::kContextFull,
              "{} tokens do not fit the context of {}; shorten the prompt or raise --context", n,
              max_positions_);
}

Status KvCache::reserve(int64_t n) {
  TERN_TRY(check_fits(n));
  try {
    while (static_cast<int64_t>(view_.pages.size()) * TERN_KV_PAGE < n) {
      view_.pages.push_back(pages_.take(view_.layout.page_bytes()));
    }
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::kOutOfMemory,
                "no memory for {} more bytes of KV cache; lower --context or use --kv i8",
                view_.layout.page_bytes());
  }
  return {};
}

}  // namespace tern
