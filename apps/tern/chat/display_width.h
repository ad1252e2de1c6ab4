#pragma once
#include <string_view>

namespace tern {

/// Columns that a character takes on a terminal: 0 (combining), 1 or 2 (wide). The C library's wcwidth() in
/// the locale C.UTF-8, whatever the user's is; what it does not know (emoji that are newer than it) is 2
/// where emoji stand and 1 elsewhere.
int display_width(char32_t character);
/// Of UTF-8 without control characters.
int display_width(std::string_view text);

}  // namespace tern
