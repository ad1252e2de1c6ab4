#include "base/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

namespace tern {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;
// Small enough that the unused end of the last chunk does not matter; it is not resident before it is
// touched.
constexpr size_t kChunk = size_t{64} << 20;

}  // namespace

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  chunks_ = std::exchange(other.chunks_, {});
  free_ = std::exchange(other.free_, nullptr);
  left_ = std::exchange(other.left_, 0);
  taken_ = std::exchange(other.taken_, 0);
  return *this;
}

Arena::~Arena() {
  unmap();
}

void Arena::unmap() {
  for (const Chunk& chunk : chunks_) munmap(chunk.mapping, chunk.bytes);
}

uint8_t* Arena::take(size_t n) {
  if (n > SIZE_MAX / 2) throw std::bad_alloc();
  const size_t bytes = (n + kLine - 1) / kLine * kLine;
  if (bytes > left_) {
    const size_t chunk = (std::max(bytes, kChunk) + kHugePage - 1) / kHugePage * kHugePage;
    const size_t mapped = chunk + kHugePage;  // so that a huge page can begin at its start
    chunks_.reserve(chunks_.size() + 1);
    void* mapping = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    chunks_.push_back({mapping, mapped});
    const size_t to_page = (kHugePage - reinterpret_cast<uintptr_t>(mapping) % kHugePage) % kHugePage;
    free_ = static_cast<uint8_t*>(mapping) + to_page;
    left_ = chunk;
    madvise(free_, chunk, MADV_HUGEPAGE);  // advice: slower, not wrong, without it
  }
  uint8_t* const taken = free_;
  free_ += bytes;
  left_ -= bytes;
  taken_ += bytes;
  return taken;
}

}  // namespace tern
