#include "net/retry.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>
#include <thread>

#include "base/interrupt.h"
#include "base/log.h"

namespace tern {
namespace {

constexpr int64_t kMostSeconds = 1'000'000'000;  // so that milliseconds of it fit

std::optional<Milliseconds> seconds_from(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::invalid_argument || end != text.data() + text.size() || text.front() == '-')
    return {};
  if (error == std::errc::result_out_of_range) seconds = kMostSeconds;
  return std::chrono::seconds(std::min(seconds, kMostSeconds));
}

/// The value of `name` in `"api";r=0;t=55`.
std::optional<Milliseconds> parameter(std::string_view text, std::string_view name) {
  const size_t begin = text.find(fmt::format(";{}=", name));
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + name.size() + 2);
  return seconds_from(text.substr(0, text.find_first_of(";,")));
}

}  // namespace

Milliseconds retry_pause(const RetryPolicy& policy, int next, double jitter) {
  Milliseconds pause = std::min(policy.base, policy.longest);
  for (int i = 2; i < next && pause < policy.longest; ++i) pause = std::min(2 * pause, policy.longest);
  const auto half = static_cast<double>(pause.count()) / 2;
  return Milliseconds(static_cast<int64_t>(half + half * jitter));
}

std::optional<Milliseconds> parse_retry_after(std::string_view text, int64_t now) {
  if (const auto seconds = seconds_from(text)) return seconds;
  tm date{};
  const std::string terminated(text);
  const char* const end = ::strptime(terminated.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (end == nullptr || *end != '\0') return {};
  return std::chrono::seconds(std::clamp<int64_t>(::timegm(&date) - now, 0, kMostSeconds));
}

std::optional<Milliseconds> parse_rate_limit(std::string_view text) {
  const auto remaining = parameter(text, "r");
  if (!remaining || remaining->count() != 0) return {};
  return parameter(text, "t");
}

Status pause_for(Milliseconds pause) {
  const auto end = std::chrono::steady_clock::now() + pause;
  while (!interrupted()) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return {};
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, Milliseconds(20)));
  }
  return fail(ErrorCode::kInterrupted, "interrupted");
}

Retrier::Retrier(const RetryPolicy& policy) : policy_(policy), random_(std::random_device()()) {}

Status Retrier::wait(const HttpFailure& failure) {
  const int most = failure.retry == RetryKind::kConnect ? policy_.connect_attempts : policy_.attempts;
  if (failure.retry == RetryKind::kNever || attempt_ >= most) return tl::unexpected<Error>(failure.error);
  Milliseconds pause = retry_pause(policy_, ++attempt_, std::uniform_real_distribution()(random_));
  if (failure.asked_to_wait) {
    if (*failure.asked_to_wait > policy_.longest_asked) {
      return fail(failure.error.code(), "{}: it asks to be left alone for {} s: try again then",
                  failure.error.message(), failure.asked_to_wait->count() / 1000);
    }
    pause = std::max(pause, *failure.asked_to_wait);
  }
  warn("{}; attempt {} of {} in {:.1f} s", failure.error.message(), attempt_, most,
       static_cast<double>(pause.count()) / 1000);
  return pause_for(pause);
}

}  // namespace tern
