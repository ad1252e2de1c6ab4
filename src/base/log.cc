#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>

#include "base/terminal.h"

namespace tern {
namespace {

std::atomic<bool> g_redirected = false;
std::mutex g_sink_mutex;
LogSink& sink() {
  static LogSink* const sink = new LogSink();  // never destroyed: a thread may warn while the process ends
  return *sink;
}

/// False: there is no sink, and the message belongs on stderr.
bool given_to_sink(std::string_view message) {
  if (!log_is_redirected()) return false;
  LogSink current;
  {
    const std::lock_guard lock(g_sink_mutex);
    current = sink();
  }
  if (current) current(message);  // unlocked: it may do anything
  return true;
}

}  // namespace

void redirect_log(LogSink new_sink) {
  const std::lock_guard lock(g_sink_mutex);
  sink() = std::move(new_sink);
  g_redirected = true;
}

bool log_is_redirected() {
  return g_redirected;
}

std::string printable(std::string_view message) {
  // The start of a message says where and what, its end what to do.
  constexpr size_t kStart = 600, kEnd = 200;
  if (message.size() <= kStart + kEnd) return for_terminal(message);
  return for_terminal(message.substr(0, kStart)) + " .. " +
         for_terminal(message.substr(message.size() - kEnd));
}

void write_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void log_warning(std::string_view message) {
  if (given_to_sink(printable(message))) return;
  const bool colour = use_colour(STDERR_FILENO);
  write_stderr(fmt::format("{}warning:{} {}\n", colour ? "\x1b[33m" : "", colour ? "\x1b[0m" : "",
                           printable(message)));
}

void log_info(std::string_view message) {
  if (given_to_sink(message)) return;
  write_stderr(fmt::format("{}\n", message));
}

}  // namespace tern
