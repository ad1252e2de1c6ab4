#pragma once
#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tern {

/// Writes to stderr; one that is closed or full is no reason to stop.
void write_stderr(std::string_view text);
/// "warning: ..." on stderr; yellow only on a terminal without NO_COLOR.
void log_warning(std::string_view message);
/// Plain progress remark on stderr, silenced by set_quiet(true).
void log_info(std::string_view message);
void set_quiet(bool value);

template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  log_warning(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tern
