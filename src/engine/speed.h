#pragma once
// What `tern bench` and the suite of bench/ time, and how they know that what they timed was right.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "engine/session.h"

namespace tern {

/// `tokens` of a prompt at once, or decoded one by one, after `depth` tokens of context.
struct SpeedTest {
  bool prompt = true;
  int64_t tokens = 0, depth = 0;
  int64_t total() const { return depth + tokens; }
  /// "pp512", "tg64", "tg64@d2048".
  std::string name() const;
};

struct SpeedRun {
  double seconds = 0;
  uint64_t hash = 0;  ///< hash_bits of the last token's logits
  WeightReads reads;  ///< of the timed tokens
};

/// Ids without meaning but always the same, so that any two runs see the same text: the first `count` of
/// them.
std::vector<int32_t> speed_test_tokens(int64_t count, int64_t vocab);

/// FNV-1a over the bits, 32 at a time.
uint64_t hash_bits(std::span<const float> values);

/// Runs `test` once and times it, without its context of `depth` tokens. `chunk`: prompt tokens a forward
/// pass. `session` must be used for nothing else: what it still holds of an earlier run's context is not
/// computed again. Errors: as Session::extend.
Result<SpeedRun> run_speed_test(const Engine& engine, Session* session, const SpeedTest& test, int64_t chunk);

/// What the scalar kernels say about a model's logits on speed_test_tokens. Every speed is worth the bits
/// that it produced: check_start() each engine once, check() each run.
class SpeedReference {
 public:
  enum class Depth {
    kLastToken,  ///< of a run: its last token on scalar kernels, over the context that the run left
    kEveryToken  ///< of a run: all its tokens on scalar kernels, hundreds of times slower than the run
  };
  explicit SpeedReference(Depth depth) : depth_(depth) {}

  /// The logits of the first tokens: scalar kernels, token by token, against the kernels in use at once.
  /// kInternal when a bit differs.
  Status check_start(const Engine& engine);
  /// The logits that `run` ended with, which ran on `session`. Computed once a length, whatever the threads.
  /// kInternal when a bit differs.
  Status check(const Engine& engine, Session* session, const SpeedTest& test, const SpeedRun& run);

 private:
  Result<uint64_t> scalar_hash(const Engine& engine, Session* session, int64_t total) const;

  Depth depth_;
  std::optional<uint64_t> start_;
  std::map<int64_t, uint64_t> ends_;  ///< by SpeedTest::total()
};

}  // namespace tern
