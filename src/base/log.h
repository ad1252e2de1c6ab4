#pragma once
#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tern {

/// Writes to stderr; one that is closed or full is no reason to stop.
void write_stderr(std::string_view text);
/// "warning: ..." on stderr; yellow only on a terminal without NO_COLOR.
void log_warning(std::string_view message);
/// Plain remark on stderr.
void log_info(std::string_view message);

/// log_warning() of a formatted message.
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  log_warning(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tern
