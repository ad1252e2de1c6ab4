#include "machine/limits.h"

#include <sys/mman.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <system_error>
#include <utility>

#include "base/interrupt.h"
#include "base/thread_pool.h"
#include "machine/loops.h"

namespace tern {
namespace {

using Clock = std::chrono::steady_clock;

struct MultiplyLoop {
  const char* instruction;
  Isa required;
  int multiplications;  ///< of one instruction
  void (*run)(int64_t rounds);
};
constexpr MultiplyLoop kInt8Loops[] = {
#if defined(__x86_64__)
    {"vpmaddubsw+vpaddw ymm", Isa::kAvx2, 32, tern_loop_vpmaddubsw_ymm},
    {"vpmaddubsw+vpaddw zmm", Isa::kAvx512Vnni, 64, tern_loop_vpmaddubsw_zmm},
    {"vpdpbusd ymm (vex)", Isa::kAvxVnni, 32, tern_loop_vpdpbusd_vex},
    {"vpdpbusd ymm", Isa::kAvx512Vnni, 32, tern_loop_vpdpbusd_ymm},
    {"vpdpbusd zmm", Isa::kAvx512Vnni, 64, tern_loop_vpdpbusd_zmm},
#elif defined(__aarch64__)
    {"smlal", Isa::kNeon, 8, tern_loop_smlal},
    {"sdot", Isa::kDotProd, 16, tern_loop_sdot},
    {"smmla", Isa::kI8mm, 32, tern_loop_smmla},
#endif
};
constexpr MultiplyLoop kFloatLoops[] = {
#if defined(__x86_64__)
    {"vfmadd231ps ymm", Isa::kAvx2, 8, tern_loop_vfmadd_ymm},
    {"vfmadd231ps zmm", Isa::kAvx512Vnni, 16, tern_loop_vfmadd_zmm},
#elif defined(__aarch64__)
    {"fmla", Isa::kNeon, 4, tern_loop_fmla},
#else
    {"none", Isa::kScalar, 0, nullptr},
#endif
};

/// Processor time of all threads of this process.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Calls prepare(i) once and then work(i) `rounds` times on each of the pool's threads, all at once, i from
/// 0. Gives the shortest round in seconds, from the first start to the last end.
double fastest_round(ThreadPool* pool, int rounds, const std::function<void(size_t)>& prepare,
                     const std::function<void(size_t)>& work) {
  const auto threads = static_cast<size_t>(pool->threads());
  std::vector<Clock::time_point> starts(threads), ends(threads);
  double fastest = std::numeric_limits<double>::infinity();
  const auto finish_round = [&]() noexcept {
    const auto start = *std::min_element(starts.begin(), starts.end());
    const auto end = *std::max_element(ends.begin(), ends.end());
    fastest = std::min(fastest, std::chrono::duration<double>(end - start).count());
  };
  std::barrier together(static_cast<ptrdiff_t>(threads));
  std::barrier finished(static_cast<ptrdiff_t>(threads), finish_round);
  // A thread that waits for the others cannot take a second item: each has exactly one.
  pool->parallel_for(threads, 1, [&](size_t begin, size_t) {
    prepare(begin);
    for (int round = 0; round < rounds; ++round) {
      together.arrive_and_wait();
      starts[begin] = Clock::now();
      work(begin);
      ends[begin] = Clock::now();
      finished.arrive_and_wait();
    }
  });
  return fastest;
}

/// Anonymous memory that nothing has touched.
class Buffer {
 public:
  static Result<Buffer> map(size_t bytes) {
    const size_t mapped = bytes + kHugePage;
    void* const memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      return fail(ErrorCode::kOutOfMemory, "no {} bytes for the read probe (tern-bench: --read-mib)", bytes);
    }
    Buffer buffer(memory, mapped);
    madvise(buffer.data(), bytes, MADV_HUGEPAGE);  // a wish: without huge pages small ones are measured
    return buffer;
  }
  ~Buffer() {
    if (memory_ != nullptr) munmap(memory_, mapped_);
  }
  Buffer(Buffer&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), mapped_(other.mapped_) {}
  Buffer& operator=(Buffer&&) = delete;
  /// At a huge page's boundary.
  char* data() const {
    const auto address = reinterpret_cast<uintptr_t>(memory_);
    return static_cast<char*>(memory_) + (kHugePage - address % kHugePage) % kHugePage;
  }

 private:
  static constexpr size_t kHugePage = size_t{2} << 20;
  Buffer(void* memory, size_t mapped) : memory_(memory), mapped_(mapped) {}
  void* memory_;
  size_t mapped_;
};

Result<double> measure_read(ThreadPool* pool, const ProbeOptions& options) {
  const auto threads = static_cast<size_t>(pool->threads());
  const size_t part = std::max<size_t>(options.read_bytes / threads / 4096, 1) * 4096;
  TERN_ASSIGN(const Buffer buffer, Buffer::map(part * threads));
  const double seconds = fastest_round(
      pool, options.rounds, [&](size_t i) { std::memset(buffer.data() + i * part, 1, part); },
      [&](size_t i) { tern_loop_read(buffer.data() + i * part, part); });
  return static_cast<double>(part * threads) / seconds / 1e9;
}

/// 1e9 operations a second. `wanted`: seconds of each of the `rounds` rounds.
double measure_loop(ThreadPool* pool, const MultiplyLoop& loop, double wanted, int rounds) {
  const auto seconds_of = [&](int64_t loop_rounds, int times) {
    return fastest_round(
        pool, times, [](size_t) {}, [&](size_t) { loop.run(loop_rounds); });
  };
  // Grown until a round takes about the time wanted, since clocks rise under load.
  int64_t loop_rounds = 1 << 10;
  while (seconds_of(loop_rounds, 1) < wanted) loop_rounds *= 2;
  const double seconds = seconds_of(loop_rounds, rounds);
  const double operations = 2.0 * loop.multiplications * TERN_LOOP_CHAINS * static_cast<double>(loop_rounds);
  return operations * pool->threads() / seconds / 1e9;
}

}  // namespace

double MachineLimits::int8_gops() const {
  double best = 0;
  for (const Int8Rate& rate : int8) best = std::max(best, rate.gops);
  return best;
}

Result<MachineLimits> measure_limits(int threads, const ProbeOptions& options) {
  try {
    ThreadPool pool(threads);
    MachineLimits limits;
    limits.threads = threads;
    const auto start = Clock::now();
    const double cpu_start = cpu_seconds();
    TERN_ASSIGN(limits.read_gbps, measure_read(&pool, options));
    const std::vector<Isa> isas = supported_isas();
    for (const MultiplyLoop& loop : kInt8Loops) {
      if (std::find(isas.begin(), isas.end(), loop.required) == isas.end()) continue;
      if (options.level && loop.required > *options.level) continue;
      if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
      limits.int8.push_back(
          {loop.instruction, measure_loop(&pool, loop, options.int8_seconds, options.rounds)});
    }
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    limits.cpu_share = (cpu_seconds() - cpu_start) / (elapsed.count() * threads);
    return limits;
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kOutOfMemory, "cannot start {} threads ({}): give fewer with -t", threads,
                error.what());
  }
}

Result<double> measure_float32_gflops(int threads) {
  constexpr double kSeconds = 0.005;
  constexpr int kRounds = 10;
  try {
    ThreadPool pool(threads);
    const std::vector<Isa> isas = supported_isas();
    double best = 0;
    for (const MultiplyLoop& loop : kFloatLoops) {
      if (loop.run == nullptr || std::find(isas.begin(), isas.end(), loop.required) == isas.end()) continue;
      best = std::max(best, measure_loop(&pool, loop, kSeconds, kRounds));
    }
    return best;
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kOutOfMemory, "cannot start {} threads ({}): give fewer", threads, error.what());
  }
}

Json limits_json(const MachineLimits& limits) {
  Json int8 = Json::array();
  for (const Int8Rate& rate : limits.int8)
    int8.push_back({{"instruction", rate.instruction}, {"gops", rate.gops}});
  return Json{{"threads", limits.threads},
              {"read_gbps", limits.read_gbps},
              {"int8_gops", limits.int8_gops()},
              {"cpu_share", limits.cpu_share},
              {"int8", std::move(int8)}};
}

}  // namespace tern
