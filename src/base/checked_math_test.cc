#include "base/checked_math.h"

#include <gtest/gtest.h>

#include <vector>

namespace tern {
namespace {

constexpr uint64_t kMax = UINT64_MAX;

TEST(CheckedMath, AddAndMultiply) {
  EXPECT_EQ(checked_add<uint64_t>(kMax - 1, 1), kMax);
  EXPECT_EQ(checked_add<uint64_t>(kMax, 1), std::nullopt);
  EXPECT_EQ(checked_add<int32_t>(INT32_MAX, 1), std::nullopt);
  EXPECT_EQ(checked_mul<uint64_t>(1u << 31, 2), uint64_t{1} << 32);
  EXPECT_EQ(checked_mul<uint64_t>(uint64_t{1} << 32, uint64_t{1} << 32), std::nullopt);
  EXPECT_EQ(checked_mul<uint64_t>(kMax, 0), 0u);
  EXPECT_EQ(checked_mul<int64_t>(INT64_MIN, -1), std::nullopt);
}

// Small unsigned numbers against exact arithmetic: every pair of bytes.
TEST(CheckedMath, EveryPairOfBytes) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const auto sum = checked_add(static_cast<uint8_t>(a), static_cast<uint8_t>(b));
      const auto product = checked_mul(static_cast<uint8_t>(a), static_cast<uint8_t>(b));
      EXPECT_EQ(sum, a + b < 256 ? std::optional<uint8_t>(a + b) : std::nullopt);
      EXPECT_EQ(product, a * b < 256 ? std::optional<uint8_t>(a * b) : std::nullopt);
    }
  }
}

TEST(CheckedMath, ProductOfAShape) {
  const auto product = [](std::vector<uint64_t> shape) { return checked_product(shape); };
  EXPECT_EQ(product({}), 1u);
  EXPECT_EQ(product({3, 4, 5}), 60u);
  EXPECT_EQ(product({kMax, 1, 1}), kMax);
  EXPECT_EQ(product({0, kMax, kMax}), 0u);
  EXPECT_EQ(product({kMax, 2}), std::nullopt);
  EXPECT_EQ(product({kMax, 2, 0}), std::nullopt);
}

TEST(CheckedMath, RangeFits) {
  EXPECT_TRUE(range_fits(0, 0, 0));
  EXPECT_TRUE(range_fits(3, 7, 10));
  EXPECT_TRUE(range_fits(10, 0, 10));
  EXPECT_FALSE(range_fits(3, 8, 10));
  EXPECT_FALSE(range_fits(11, 0, 10));
  EXPECT_FALSE(range_fits(5, kMax - 2, 10));  // 5 + (max - 2) wraps to 2
  EXPECT_TRUE(range_fits(1, kMax - 1, kMax));
}

TEST(CheckedMath, AlignAndDivide) {
  EXPECT_EQ(checked_align_up(0, 32), 0u);
  EXPECT_EQ(checked_align_up(1, 32), 32u);
  EXPECT_EQ(checked_align_up(32, 32), 32u);
  EXPECT_EQ(checked_align_up(kMax, 32), std::nullopt);
  EXPECT_EQ(checked_align_up(kMax - 31, 32), kMax - 31);
  EXPECT_EQ(ceil_div(0, 4), 0u);
  EXPECT_EQ(ceil_div(1, 4), 1u);
  EXPECT_EQ(ceil_div(4, 4), 1u);
  EXPECT_EQ(ceil_div(kMax, 2), uint64_t{1} << 63);
}

}  // namespace
}  // namespace tern
