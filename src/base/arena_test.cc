#include "base/arena.h"

#include <gtest/gtest.h>

#include <new>
#include <utility>

namespace tern {
namespace {

TEST(Arena, PiecesAreZeroAlignedAndApart) {
  Arena arena;
  std::vector<std::pair<uint8_t*, size_t>> pieces;
  for (const size_t n :
       {size_t{1}, size_t{64}, size_t{65}, size_t{100} << 20, size_t{0}, size_t{3}, size_t{63} << 20}) {
    uint8_t* piece = arena.take(n);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(piece) % 64, 0u);
    if (n > 0) {
      EXPECT_EQ(piece[0], 0);
      EXPECT_EQ(piece[n - 1], 0);
      piece[0] = piece[n - 1] = 1;
    }
    for (const auto& [other, size] : pieces) EXPECT_TRUE(piece + n <= other || other + size <= piece);
    pieces.emplace_back(piece, n);
  }
}

TEST(Arena, PointersSurviveAMove) {
  Arena arena;
  uint8_t* const piece = arena.take(10);
  piece[3] = 7;
  Arena moved = std::move(arena);
  EXPECT_EQ(piece[3], 7);
  EXPECT_NE(moved.take(10), piece);
  moved = Arena();
  EXPECT_NE(moved.take(1), nullptr);
}

TEST(Arena, AbsurdSizesAreRefused) {
  Arena arena;
  EXPECT_THROW(arena.take(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(arena.take(SIZE_MAX / 4), std::bad_alloc);
  EXPECT_NE(arena.take(1), nullptr);
}

}  // namespace
}  // namespace tern
