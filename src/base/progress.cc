#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/log.h"
#include "base/terminal.h"

namespace tern {
namespace {

constexpr double kQuietSeconds = 2.0;
constexpr double kRedrawSeconds = 0.1;

double seconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

Progress::Progress(std::string label, uint64_t total, uint64_t done_before)
    : label_(std::move(label)),
      total_(total),
      done_before_(done_before),
      start_(std::chrono::steady_clock::now()),
      last_draw_(start_),
      enabled_(!log_is_redirected() && is_terminal(STDERR_FILENO)) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void Progress::update(uint64_t done) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  const double elapsed = seconds(now - start_);
  if (elapsed < kQuietSeconds || seconds(now - last_draw_) < kRedrawSeconds) return;
  last_draw_ = now;
  draw(done, elapsed);
}

void Progress::draw(uint64_t done, double elapsed_s) {
  drawn_ = true;
  if (total_ == 0) {
    write_stderr(fmt::format("\r\x1b[K{} {} ({:.0f} s)", label_, done, elapsed_s));
    return;
  }
  constexpr int kWidth = 30;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const int filled = static_cast<int>(share * kWidth);
  const auto now_done = static_cast<double>(done - std::min(done, done_before_));
  const double eta =
      now_done > 0 ? elapsed_s * static_cast<double>(total_ - std::min(done, total_)) / now_done : 0;
  write_stderr(fmt::format("\r\x1b[K{} [{:=<{}}{:<{}}] {:3.0f}%  ETA {:.0f} s", label_, "", filled, "",
                           kWidth - filled, 100 * share, eta));
}

}  // namespace tern
