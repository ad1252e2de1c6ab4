#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tern {

struct TextUnits {
  uint64_t bytes = 0;
  uint64_t words = 0;  ///< runs of anything but white space (Unicode's), counted where they begin
};

/// Walks through a text, counting. Any bytes are a text: broken UTF-8 is part of words.
class TextWalk {
 public:
  explicit TextWalk(std::string_view text) : text_(text) {}
  /// What begins in the next `bytes` bytes, of which the text must have so many.
  TextUnits take(size_t bytes);

 private:
  std::string_view text_;
  size_t taken_ = 0;
  size_t next_char_ = 0;  ///< first byte of a character that was not looked at; may lie beyond `taken_`
  bool in_word_ = false;
};

}  // namespace tern
