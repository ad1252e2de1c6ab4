#pragma once
#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tern {

/// Writes to stderr; one that is closed or full is no reason to stop.
void write_stderr(std::string_view text);
/// `message` as for_terminal() has it, since what files say is in it; the middle of a long one comes out as
/// "..".
std::string printable(std::string_view message);
/// Where warnings and remarks go in place of stderr, each without a line's end. From any thread.
using LogSink = std::function<void(std::string_view message)>;
/// For a program that Tern is only a part of: nothing of ours is written to stderr from now on, and no
/// progress is drawn. An empty sink drops what it gets. A message that another thread is giving meanwhile may
/// still come to the old sink, after this has returned.
void redirect_log(LogSink sink);
bool log_is_redirected();
/// "warning: ..." on stderr, as printable() has it; yellow only on a terminal without NO_COLOR.
void log_warning(std::string_view message);
/// Plain remark on stderr.
void log_info(std::string_view message);

/// log_warning() of a formatted message.
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  log_warning(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tern
