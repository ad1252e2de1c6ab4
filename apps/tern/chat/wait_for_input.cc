#include "apps/tern/chat/wait_for_input.h"

#include <poll.h>

#include <cerrno>

#include "base/interrupt.h"

namespace tern {

// Polled, because a signal that comes just before a blocking read, or on another thread, would not end that
// read.
bool wait_for_input(int fd, const std::function<void()>& tick) {
  constexpr int kPollMilliseconds = 100;
  pollfd input{fd, POLLIN, 0};
  while (!interrupted()) {
    if (tick) tick();
    const int ready = ::poll(&input, 1, kPollMilliseconds);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
  return false;
}

}  // namespace tern
