#pragma once
#include <charconv>
#include <string_view>
#include <system_error>

namespace tern {

/// Reads `text` as a number of the type of `number`; false when not all of it is one, or it is out of range.
template <typename Number>
bool read_number(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace tern
