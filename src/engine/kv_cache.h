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
  /// kContextFull when n positions are more than max_positions: asked before any work goes into them.
  Status check_fits(int64_t n) const;
  /// Makes room for positions [0, n). As check_fits(), and kOutOfMemory.
  Status reserve(int64_t n);
  KvView* view() { return &view_; }
  const KvView* view() const { return &view_; }
  /// Positions it may grow to.
  int64_t max_positions() const { return max_positions_; }

 private:
  KvView view_;
  Arena pages_;  // huge pages of memory: a token reads the whole cache
  int64_t max_positions_;
};

}  // namespace tern
