#pragma once

namespace tern {

/// Whether file descriptor `fd` is a terminal.
bool is_terminal(int fd);
/// Whether colours may go to `fd`: a terminal, and NO_COLOR is unset or empty.
bool use_colour(int fd);

}  // namespace tern
