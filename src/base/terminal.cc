#include "base/terminal.h"

#include <unistd.h>

#include <cstdlib>

namespace tern {

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool use_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal(fd) && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace tern
