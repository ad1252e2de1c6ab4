#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace tern {

/// A fixed set of threads for data-parallel loops. One caller at a time; the caller works too, so `threads` =
/// 1 starts none. Every thread runs with default rounding and denormals kept (docs/numerics.md, rule 1), and
/// handles no signals.
class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  /// Calls body(begin, end) over disjoint ranges that cover [0, n), each a multiple of `grain` items long
  /// (but the last). Which thread gets which range is not defined, so bodies must not depend on it. When a
  /// body throws (std::bad_alloc), ranges that nobody has begun are left out, and the first exception comes
  /// out of here once all that were begun have ended.
  void parallel_for(size_t n, size_t grain, const std::function<void(size_t begin, size_t end)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Processors this process may run on (affinity and cgroup quota respected), at least 1.
int available_threads();

/// Sets the calling thread's floating-point control to the default: round to nearest even, denormals kept.
void reset_float_environment();

}  // namespace tern
