#pragma once
// Tests only, for one file of a program: its operator new, of which a thread can have one call fail.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace tern::testing {

/// This thread's allocations before the one that fails; -1: none does.
inline thread_local int64_t allocations_until_failure = -1;

}  // namespace tern::testing

// Replaced for the whole program, so they can be neither inline nor in a namespace.
void* operator new(size_t bytes) {
  int64_t& left = tern::testing::allocations_until_failure;
  if (left >= 0 && left-- == 0) throw std::bad_alloc();
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
