#pragma once
// The classes of characters that pre-tokenizer patterns speak of: \p{L}, \p{N}, \s and the rest.
#include <cstdint>
#include <string_view>

namespace tern {

enum class CharClass : uint8_t {
  kOther,   ///< none of the others: punctuation, symbols, marks, controls, unassigned
  kLetter,  ///< \p{L}
  kNumber,  ///< \p{N}
  kSpace,   ///< \s
  kEnd      ///< past the end of the text
};

/// Class of a code point, as the regular expressions of Hugging Face `tokenizers` see it (Unicode 16).
CharClass char_class(uint32_t code);

struct Char {
  CharClass cls;
  uint8_t length;  ///< in bytes; 0 at the end
};

/// The character at byte `at` of valid UTF-8; kEnd when `at` is the size of the text.
Char char_at(std::string_view text, size_t at);

/// End of the run of `cls` that starts at `at`.
size_t skip_class(std::string_view text, size_t at, CharClass cls);

}  // namespace tern
