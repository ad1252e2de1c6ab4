#include "base/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "base/environment.h"

namespace tern {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool use_colour(int fd) {
  return is_terminal(fd) && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

int terminal_columns(int fd) {
  constexpr int kUnknown = 80;
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUnknown;
}

size_t shown_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  const uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // C1; longer forms than needed, which some terminals read as what they are forms of; surrogates; no
  // Unicode.
  if ((first == 0xC2 || first == 0xE0) && byte(1) < 0xA0) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if ((first == 0xED && byte(1) > 0x9F) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

std::string shown_byte(char byte) {
  return fmt::format("\\x{:02x}", static_cast<uint8_t>(byte));
}

std::string for_terminal(std::string_view text, bool keep_newlines) {
  std::string shown;
  while (!text.empty()) {
    const size_t length = keep_newlines && text[0] == '\n' ? 1 : shown_length(text);
    if (length > 0) {
      shown += text.substr(0, length);
    } else {
      shown += shown_byte(text[0]);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return shown;
}

}  // namespace tern
