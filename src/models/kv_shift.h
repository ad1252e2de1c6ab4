#pragma once
#include "base/error.h"
#include "base/thread_pool.h"
#include "models/config.h"
#include "models/kv_view.h"

namespace tern {

/// Takes positions [keep, keep + drop) out of a cache of `count` positions: those behind them move forward by
/// `drop`. Values move as they are; a key k, rotated for position p, becomes R(-drop) k, which is the key for
/// p - drop up to what rounding k and the result to the cache's type costs. Each key is rotated once,
/// whatever the threads, so the bits do not depend on them. What moves was computed while the dropped
/// positions were seen: the cache is no longer that of any text. kNonFinite when a key overflows its type (a
/// rotation can grow an element by sqrt(2)); the cache is of no use then. drop >= 1, keep + drop <= count.
Status shift_kv(const ModelConfig& config, const KvView& kv, int64_t keep, int64_t drop, int64_t count,
                ThreadPool* pool);

}  // namespace tern
