#pragma once
// What `tern bench` and the suite of bench/ time, and how they know that what they timed was right.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

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
  std::vector<float>
      logits;         ///< of the last token, those that greedy generation needs; others may be -infinity
  WeightReads reads;  ///< of the timed tokens
};

/// Ids without meaning but always the same, so that any two runs see the same text: the first `count` of
/// them.
std::vector<int32_t> speed_test_tokens(int64_t count, int64_t vocab);

/// Whether `cut` holds the bits of `all` wherever it is not -infinity, which it is only below all's best.
bool same_logits(std::span<const float> cut, std::span<const float> all);

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
  Result<std::vector<float>> scalar_logits(const Engine& engine, Session* session, int64_t total) const;

  Depth depth_;
  std::vector<float> start_;
  std::map<int64_t, std::vector<float>> ends_;  ///< by SpeedTest::total()
};

}  // namespace tern
