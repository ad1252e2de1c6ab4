#pragma once
// Parallel loops over rows, with errors.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>

#include "base/error.h"
#include "base/thread_pool.h"

namespace tern {

/// Items a range so that every thread gets about `share` ranges, none smaller than `least`.
inline size_t range_grain(size_t n, const ThreadPool& pool, size_t least = 1, size_t share = 4) {
  const size_t ranges = static_cast<size_t>(pool.threads()) * share;
  return std::max(least, (n + ranges - 1) / ranges);
}

/// parallel_for whose body may fail: the error of the lowest range wins, so that it does not depend on
/// timing.
inline Status parallel_rows(ThreadPool* pool, size_t n, size_t grain,
                            const std::function<Status(size_t begin, size_t end)>& body) {
  std::mutex mutex;
  size_t first = n;
  Status result;
  pool->parallel_for(n, grain, [&](size_t begin, size_t end) {
    Status status = body(begin, end);
    if (status) return;
    const std::lock_guard lock(mutex);
    if (begin < first) {
      first = begin;
      result = std::move(status);
    }
  });
  return result;
}

}  // namespace tern
