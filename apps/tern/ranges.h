#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace tern {

/// Refuses numbers outside [lowest, highest]; says nothing in the help text, which has the meaning of the
/// bounds.
template <typename T>
CLI::Validator between(T lowest, T highest) {
  return CLI::Range(lowest, highest).description("");
}

/// Takes decimal digits that fit 64 bits; CLI11 would read -1 and too large numbers as others, and 010 as 8.
inline CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc() || stop != end) {
          return fmt::format("'{}' is not a whole number from 0 to {}", text,
                             std::numeric_limits<uint64_t>::max());
        }
        text = std::to_string(value);
        return "";
      },
      "");
}

/// Refuses an empty text.
inline CLI::Validator not_empty() {
  return CLI::Validator([](std::string& text) { return text.empty() ? "must not be empty" : ""; }, "");
}

}  // namespace tern
