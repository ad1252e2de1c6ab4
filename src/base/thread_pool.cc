#include "base/thread_pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/cgroup.h"
#include "base/check.h"

namespace tern {
namespace {

/// While it lives, threads are born that handle no signals: those are the business of the program, which does
/// not know of our threads. Faults stay, which go to the thread that is at fault, and what profilers send.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t signals;
    sigfillset(&signals);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF}) {
      sigdelset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

// Workers wait for a new `generation`: they spin for a short while (decode issues hundreds of loops a token),
// then park.
struct ThreadPool::State {
  int threads = 1;
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  std::atomic<uint64_t> generation{0};
  std::atomic<bool> stop{false};
  std::atomic<int> running{0};
  std::atomic<size_t> next{0};
  size_t n = 0, grain = 1;
  const std::function<void(size_t, size_t)>* body = nullptr;

  std::exception_ptr thrown;  ///< by a body, under `mutex`

  void work() {
    try {
      while (true) {
        const size_t begin = next.fetch_add(grain, std::memory_order_relaxed);
        if (begin >= n) return;
        (*body)(begin, std::min(n, begin + grain));
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!thrown) thrown = std::current_exception();
      next.store(n, std::memory_order_relaxed);
    }
  }

  void worker() {
    reset_float_environment();
    uint64_t seen = 0;
    while (true) {
      wait_for_generation(seen);
      if (stop.load(std::memory_order_acquire)) return;
      seen = generation.load(std::memory_order_acquire);
      work();
      running.fetch_sub(1, std::memory_order_release);
    }
  }

  void wait_for_generation(uint64_t seen) {
    constexpr int kSpins = 2000;
    for (int i = 0; i < kSpins; ++i) {
      if (generation.load(std::memory_order_acquire) != seen || stop.load(std::memory_order_acquire)) return;
      relax();
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return generation.load(std::memory_order_acquire) != seen || stop.load(); });
  }

  void stop_workers() {
    {
      const std::lock_guard lock(mutex);
      stop.store(true, std::memory_order_release);
    }
    wake.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  static void relax() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  TERN_CHECK(threads >= 1);
  state_->threads = threads;
  const SignalsBlocked blocked;
  try {
    for (int i = 1; i < threads; ++i)
      state_->workers.emplace_back([state = state_.get()] { state->worker(); });
  } catch (...) {  // no more threads to be had: those that run must not outlive their state
    state_->stop_workers();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  state_->stop_workers();
}

int ThreadPool::threads() const {
  return state_->threads;
}

void ThreadPool::parallel_for(size_t n, size_t grain, const std::function<void(size_t, size_t)>& body) {
  TERN_CHECK(grain > 0);
  if (n == 0) return;
  State& s = *state_;
  if (s.threads == 1 || n <= grain) {
    body(0, n);
    return;
  }
  s.n = n;
  s.grain = grain;
  s.body = &body;
  s.next.store(0, std::memory_order_relaxed);
  s.running.store(s.threads - 1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(s.mutex);
    s.generation.fetch_add(1, std::memory_order_release);
  }
  s.wake.notify_all();
  s.work();
  // Workers finish within one range of each other; yielding keeps an oversubscribed machine moving.
  for (int spins = 0; s.running.load(std::memory_order_acquire) != 0; ++spins) {
    if (spins < 2000) {
      State::relax();
    } else {
      std::this_thread::yield();
    }
  }
  if (s.thrown) std::rethrow_exception(std::exchange(s.thrown, nullptr));
}

int available_threads() {
  int n = static_cast<int>(std::thread::hardware_concurrency());
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
  if (const auto quota = cgroup_processors(SystemFiles()))
    n = static_cast<int>(std::min<double>(n, std::ceil(*quota)));
  return std::max(n, 1);
}

void reset_float_environment() {
#if defined(__x86_64__)
  _mm_setcsr(0x1f80);  // all exceptions masked, round to nearest even, FTZ and DAZ off
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" ::"r"(uint64_t{0}));
#endif
}

}  // namespace tern
