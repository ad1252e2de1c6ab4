#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>

#include "base/terminal.h"

namespace tern {
namespace {

/// Bytes of the character of UTF-8 at the start of `text`; 0 when there is none or a terminal would obey it.
size_t shown_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  const uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || (first == 0xC2 && byte(1) < 0xA0)) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

std::string escaped(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const size_t length = shown_length(text);
    if (length > 0) {
      shown += text.substr(0, length);
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[0]));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return shown;
}

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
  if (message.size() <= kStart + kEnd) return escaped(message);
  return escaped(message.substr(0, kStart)) + " .. " + escaped(message.substr(message.size() - kEnd));
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
