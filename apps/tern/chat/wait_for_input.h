#pragma once
#include <functional>

namespace tern {

/// Waits until `fd` can be read or has ended; false on a Ctrl-C. `tick`, if there is one, is called before
/// the wait and every 100 ms of it.
bool wait_for_input(int fd, const std::function<void()>& tick = {});

}  // namespace tern
