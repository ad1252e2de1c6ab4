// The measuring loop of processors without loops of their own in assembly.
#include "machine/loops.h"

#if !defined(__x86_64__) && !defined(__aarch64__)

void tern_loop_read(const void* begin, size_t bytes) {
  const volatile uint64_t* const words = static_cast<const uint64_t*>(begin);
  const size_t count = bytes / sizeof(uint64_t);
  for (size_t i = 0; i < count; i += 4) {  // volatile: every load is made, none waits for another
    (void)words[i];
    (void)words[i + 1];
    (void)words[i + 2];
    (void)words[i + 3];
  }
}

#endif
