#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "models/config.h"
#include "models/kv_view.h"

namespace tern {

/// A sequence's keys and values, in pages of 64 positions taken as the sequence grows.
class KvCache {
 public:
  KvCache(const ModelConfig& config, TernKvFormat format, int64_t max_positions);
  /// Makes room for positions [0, n). kContextFull beyond max_positions, kOutOfMemory.
  Status reserve(int64_t n);
  KvView* view() { return &view_; }
  /// Positions it may grow to.
  int64_t max_positions() const { return max_positions_; }
  /// Bytes taken.
  uint64_t bytes() const { return view_.pages.size() * view_.layout.page_bytes(); }

 private:
  KvView view_;
  Arena pages_;  // huge pages of memory: a token reads the whole cache
  int64_t max_positions_;
};

}  // namespace tern
