#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tern {

/// Memory that is handed out and never taken back before the end: for weights, which live as long as their
/// model. It comes in chunks of huge pages, without which reading weights is bound by address translation
/// rather than by memory, and it is zero. Movable, not copyable; pointers survive a move.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept { *this = static_cast<Arena&&>(other); }
  Arena& operator=(Arena&& other) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  /// n zero bytes, 64-byte aligned, padded to 64. Throws std::bad_alloc, which is caught at the boundary;
  /// callers bound n before they ask.
  uint8_t* take(size_t n);
  /// Bytes handed out so far, padding included.
  size_t taken() const { return taken_; }

 private:
  struct Chunk {
    void* mapping;
    size_t bytes;
  };
  void unmap();

  std::vector<Chunk> chunks_;
  uint8_t* free_ = nullptr;
  size_t left_ = 0, taken_ = 0;
};

}  // namespace tern
