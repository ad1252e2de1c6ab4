#pragma once
// UTF-8 read with every check (RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tern {

enum class Utf8State : uint8_t {
  kValid,      ///< a whole character
  kInvalid,    ///< bytes that no continuation can turn into a character
  kIncomplete  ///< the text ends inside a character that may still become valid
};

struct Utf8Step {
  Utf8State state;
  /// Bytes of the character, or of the broken sequence: the longest prefix of a character, at least 1. One
  /// U+FFFD for each such sequence is what Python's and Rust's decoders put there.
  uint8_t length;
  uint32_t code;  ///< the code point when valid
};

/// Reads the character at the start of `text`, which must not be empty.
Utf8Step utf8_step(std::string_view text);

/// Length of the longest valid prefix of `text`.
size_t utf8_valid_prefix(std::string_view text);

/// Appends the character of a code point, which must be one.
void append_utf8(uint32_t code, std::string* text);

}  // namespace tern
