#pragma once
// When to ask a server again.
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "base/error.h"

namespace tern {

using Milliseconds = std::chrono::milliseconds;

struct RetryPolicy {
  int attempts = 6;          ///< of a request that fails on the way or is put off by the server
  int connect_attempts = 3;  ///< of one that does not even find the server: a name or a cable is likelier
  Milliseconds base{1000};   ///< before the second attempt, doubled before each further one
  Milliseconds longest{30'000};
  Milliseconds longest_asked{120'000};  ///< a server that asks for a longer pause is left alone
};

/// Whether a failed request is worth another attempt.
enum class RetryKind { kNever, kConnect, kYes };

/// One failed attempt.
struct HttpFailure {
  Error error;
  RetryKind retry = RetryKind::kNever;
  int status = 0;                                  ///< of an answer that was no success; 0: there was none
  std::optional<Milliseconds> asked_to_wait = {};  ///< by Retry-After or RateLimit
};

/// The pause before attempt `next` (2 is the first that has one): between half and the whole of what doubles,
/// by `jitter` in [0, 1), so that clients that failed together do not return together.
Milliseconds retry_pause(const RetryPolicy& policy, int next, double jitter);

/// `Retry-After`, seconds or a date; nothing when it is neither. `now` in seconds since 1970.
std::optional<Milliseconds> parse_retry_after(std::string_view text, int64_t now);
/// The seconds to the next window of `RateLimit: "api";r=0;t=55`, when nothing remains of this one.
std::optional<Milliseconds> parse_rate_limit(std::string_view text);

/// Sleeps; kInterrupted at once on a Ctrl-C.
Status pause_for(Milliseconds pause);

/// Counts the attempts of one request and waits between them.
class Retrier {
 public:
  explicit Retrier(const RetryPolicy& policy);
  /// After a failed attempt: says so in a warning and waits. An error, the failure's own or kInterrupted,
  /// when there shall be no further attempt.
  Status wait(const HttpFailure& failure);
  /// The attempt failed, but brought something: the next counts as the first.
  void start_again() { attempt_ = 1; }

 private:
  RetryPolicy policy_;
  std::minstd_rand random_;
  int attempt_ = 1;
};

}  // namespace tern
