#include "base/log.h"

#include <unistd.h>

#include <cstdio>

#include "base/terminal.h"

namespace tern {

void write_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void log_warning(std::string_view message) {
  const bool colour = use_colour(STDERR_FILENO);
  write_stderr(fmt::format("{}warning:{} {}\n", colour ? "\x1b[33m" : "", colour ? "\x1b[0m" : "", message));
}

void log_info(std::string_view message) {
  write_stderr(fmt::format("{}\n", message));
}

}  // namespace tern
