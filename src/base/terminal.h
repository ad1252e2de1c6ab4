#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tern {

/// Whether file descriptor `fd` is a terminal.
bool is_terminal(int fd);
/// Whether colours may go to `fd`: a terminal that TERM does not call dumb, and NO_COLOR is unset or empty.
bool use_colour(int fd);
/// Columns of the terminal `fd` as it is now; 80 when it does not say.
int terminal_columns(int fd);

/// Bytes of the character of UTF-8 at the start of `text`, if it is one that a terminal shows; 0 when `text`
/// is empty, it is a control character that a terminal would obey (C0, C1, DEL), or no UTF-8.
size_t shown_length(std::string_view text);
/// "\x1b": how a byte is shown that a terminal would obey or could not read.
std::string shown_byte(char byte);
/// `text` with all such bytes shown that way, but newlines where `keep_newlines`.
std::string for_terminal(std::string_view text, bool keep_newlines = false);

}  // namespace tern
