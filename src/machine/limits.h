#pragma once
// What this machine can do at most: the lines that a measured speed is held against (docs/performance.md).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "kernels/isa.h"

namespace tern {

/// One int8 multiply-accumulate instruction's speed; an operation is a multiplication or an addition.
struct Int8Rate {
  std::string instruction;
  double gops = 0;
};

struct MachineLimits {
  int threads = 0;
  double read_gbps = 0;  ///< 1e9 bytes a second, from memory
  std::vector<Int8Rate> int8;
  /// Processor time that the threads got, of that which they wanted: less than 1 where other work runs.
  double cpu_share = 0;
  static constexpr double kLeastCpuShare = 0.9;  ///< with less the limits are too low
  /// The best of `int8`; 0 without any.
  double int8_gops() const;
};

struct ProbeOptions {
  uint64_t read_bytes = uint64_t{1} << 30;  ///< must be far beyond the last-level cache
  int rounds = 15;                          ///< the fastest counts
  double int8_seconds = 0.01;               ///< of one round
  std::optional<Isa> level = {};  ///< int8 instructions of higher levels are left out; nothing: none
};

/// Measures with `threads` threads at once. Each reads its own part of one buffer, which it was the first to
/// touch, on huge pages where the kernel has them. kOutOfMemory, kInterrupted.
Result<MachineLimits> measure_limits(int threads, const ProbeOptions& options);

/// 1e9 float32 operations a second, a fused multiply-add being two, that `threads` threads reach together and
/// that no program exceeds; in some 0.2 s. 0: there is no loop for this processor. kOutOfMemory.
Result<double> measure_float32_gflops(int threads);

/// {"threads", "read_gbps", "int8_gops", "cpu_share", "int8": [{"instruction", "gops"}]}.
Json limits_json(const MachineLimits& limits);

}  // namespace tern
