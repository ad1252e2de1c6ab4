#pragma once
// Other engines, measured by their own llama-bench on the same tests.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "bench/peer_output.h"
#include "bench/subprocess.h"
#include "engine/speed.h"

namespace tern {

struct PeerRun {
  double tok_s = 0;
  uint64_t peak_bytes = 0;
};

/// One llama-bench program (llama.cpp, ik_llama.cpp, bitnet.cpp) with its model.
class Peer {
 public:
  /// NAME=PATH:MODEL; kInvalidArgument.
  static Result<Peer> parse(std::string_view text);
  const std::string& name() const { return name_; }
  const std::string& model() const { return model_; }
  /// Runs `test` once in a process of its own. It warms itself up. Errors: kInterrupted; all others say why
  /// in words of the peer's (its last error line) and concern this test alone.
  Result<PeerRun> run(const SpeedTest& test, int threads);

 private:
  std::vector<std::string> command(const SpeedTest& test, int threads) const;
  /// Whether `result` complains about a flag that a fork may lack, for which another way is left: takes that
  /// way.
  bool adapt(const ProcessResult& result);

  std::string name_, program_, model_;
  PeerFormat format_ = PeerFormat::kJson;
  bool depth_flag_ = true;  ///< -d D -n N; false: ik_llama.cpp's -gp D,N
};

/// The last line of what a failed program printed that says "error" or, without one, the last line of all.
std::string last_error_line(const ProcessResult& result);

}  // namespace tern
