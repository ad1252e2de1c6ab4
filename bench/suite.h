#pragma once
// The measuring itself: this machine's limits, then each model's tests at each number of threads, ours and
// the peers' in turns.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/peer.h"
#include "engine/speed.h"
#include "machine/limits.h"
#include "machine/roofline.h"

namespace tern {

struct SuiteOptions {
  std::vector<std::string> models;
  OpenOptions open;
  LoadOptions load;
  std::vector<SpeedTest> tests;
  std::vector<int> threads;
  int repeats = 3;
  SpeedReference::Depth check = SpeedReference::Depth::kLastToken;
  std::vector<Peer> peers;  ///< only with one model: theirs stands for the same one
  ProbeOptions probe;
};

/// Tokens a second of several rounds.
struct Rates {
  std::vector<double> rounds;
  double median() const;
  /// The fastest less the slowest.
  double spread() const;
};

struct PeerResult {
  std::string name, model;
  Rates rates;
  uint64_t peak_bytes = 0;
  std::string error;  ///< why there are no rates, when there are none
};

struct TestResult {
  SpeedTest test;
  Rates rates;
  std::vector<SpeedRun> runs;  ///< of the rounds
  TokenWork work;              ///< of the last round
  std::vector<PeerResult> peers;
};

/// One model at one number of threads.
struct ModelResult {
  std::string name;
  int threads = 0;
  std::string packing;       ///< bits a trit, "2" or "1.6"; empty without trits
  double load_s = 0;         ///< opening the file, once it lies in the page cache, until ready to compute
  double first_token_s = 0;  ///< median, from a prompt of 16 tokens to the first answer token, warm
  /// Resident at most while the model was loaded and ran every test, without the checks, which want more;
  /// nothing where /proc does not say.
  std::optional<uint64_t> peak_bytes;
  std::vector<TestResult> tests;
};

struct SuiteResult {
  std::vector<MachineLimits> limits;  ///< ascending in threads; always of 1 and of all threads
  std::vector<ModelResult> models;
  const MachineLimits& limits_of(int threads) const;
};

/// Remarks on what runs and how long it may take go to base/log.h. Errors: as Engine::open and
/// Session::extend; kInternal when a checked bit differs; kInterrupted. What a peer fails at is in its
/// PeerResult.
Result<SuiteResult> run_suite(SuiteOptions options);

}  // namespace tern
