#include "net/retry.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/interrupt.h"

namespace tern {
namespace {

using std::chrono::seconds;

TEST(Retry, PausesDoubleAndAreCapped) {
  const RetryPolicy policy{.base = Milliseconds(1000), .longest = Milliseconds(5000)};
  const int64_t whole[] = {1000, 2000, 4000, 5000, 5000, 5000};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(retry_pause(policy, i + 2, 0.0).count(), whole[i] / 2) << i;
    EXPECT_EQ(retry_pause(policy, i + 2, 0.999999).count(), whole[i] - 1) << i;
  }
  EXPECT_EQ(retry_pause(policy, 1'000'000, 0.0).count(), 2500);
  EXPECT_EQ(retry_pause(RetryPolicy{.base = Milliseconds(90'000)}, 2, 0.0).count(), 15'000);
  EXPECT_EQ(retry_pause(RetryPolicy{.base = Milliseconds(0)}, 9, 0.5).count(), 0);
}

TEST(Retry, RetryAfterIsSecondsOrADate) {
  EXPECT_EQ(parse_retry_after("0", 0), seconds(0));
  EXPECT_EQ(parse_retry_after("120", 0), seconds(120));
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:02:00 GMT", 20), seconds(100));
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:02:00 GMT", 1000), seconds(0));
  EXPECT_EQ(parse_retry_after("99999999999999999999999", 0), seconds(1'000'000'000));
  EXPECT_EQ(parse_retry_after("9223372036854775807", 0), seconds(1'000'000'000));
  for (const char* none : {"", "-1", "-99999999999999999999999", "1.5", "soon", "12 s"}) {
    EXPECT_EQ(parse_retry_after(none, 0), std::nullopt) << none;
  }
}

TEST(Retry, RateLimitSaysWhenTheNextWindowBegins) {
  EXPECT_EQ(parse_rate_limit("\"api\";r=0;t=55"), seconds(55));
  EXPECT_EQ(parse_rate_limit("\"api\";t=55;r=0"), seconds(55));
  for (const char* none :
       {"", "\"api\";r=3;t=55", "\"api\";r=0", "\"api\";t=55", "\"api\";r=0;t=x", "r=0;t"}) {
    EXPECT_EQ(parse_rate_limit(none), std::nullopt) << none;
  }
}

HttpFailure failure(RetryKind kind, std::optional<Milliseconds> asked = {}) {
  return {Error(ErrorCode::kNetwork, "it failed"), kind, 503, asked};
}

/// How often wait() agrees to another attempt.
int agreed(const HttpFailure& why) {
  Retrier retrier(RetryPolicy{.attempts = 6, .connect_attempts = 3, .base = Milliseconds(1)});
  for (int i = 0;; ++i) {
    const Status status = retrier.wait(why);
    if (status) continue;
    EXPECT_EQ(status.error().code(), ErrorCode::kNetwork);
    return i;
  }
}

TEST(Retry, AttemptsEnd) {
  EXPECT_EQ(agreed(failure(RetryKind::kNever)), 0);
  EXPECT_EQ(agreed(failure(RetryKind::kConnect)), 2);
  EXPECT_EQ(agreed(failure(RetryKind::kYes)), 5);
}

TEST(Retry, ProgressStartsTheCountAgain) {
  Retrier retrier(RetryPolicy{.attempts = 2, .base = Milliseconds(1)});
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(retrier.wait(failure(RetryKind::kYes)));
    retrier.start_again();
  }
  EXPECT_TRUE(retrier.wait(failure(RetryKind::kYes)));
  EXPECT_FALSE(retrier.wait(failure(RetryKind::kYes)));
}

TEST(Retry, WaitsAsLongAsAskedUpToALimit) {
  Retrier retrier(RetryPolicy{.base = Milliseconds(1), .longest_asked = Milliseconds(100)});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(retrier.wait(failure(RetryKind::kYes, Milliseconds(100))));
  EXPECT_GE(std::chrono::steady_clock::now() - start, Milliseconds(100));
  const Status refused = retrier.wait(failure(RetryKind::kYes, Milliseconds(3'600'000)));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("left alone for 3600 s"), std::string::npos);
}

TEST(Retry, ACtrlCEndsThePause) {
  install_interrupt_handler();
  std::raise(SIGINT);
  const auto start = std::chrono::steady_clock::now();
  const Status status = pause_for(seconds(60));
  clear_interrupt();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kInterrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(1));
}

}  // namespace
}  // namespace tern
