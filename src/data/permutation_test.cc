#include "data/permutation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tern {
namespace {

TEST(Permutation, MeetsEveryPlaceOnce) {
  for (const uint64_t n : {1, 2, 3, 4, 5, 15, 16, 17, 100, 1000, 4096, 4097, 70000}) {
    for (const uint64_t key : {0, 1, 99}) {
      const Permutation shuffle(n, key);
      std::vector<bool> met(n);
      for (uint64_t i = 0; i < n; ++i) {
        const uint64_t place = shuffle(i);
        ASSERT_LT(place, n);
        ASSERT_FALSE(met[place]);
        met[place] = true;
      }
    }
  }
}

/// Places of neighbours are as far apart as chance has it (n / 3), and keys give unrelated orders.
TEST(Permutation, Shuffles) {
  constexpr uint64_t kN = 20000;
  const Permutation one(kN, 5), other(kN, 6);
  double distance = 0;
  int fixed = 0, same = 0;
  for (uint64_t i = 0; i < kN; ++i) {
    if (i > 0) distance += std::fabs(static_cast<double>(one(i)) - static_cast<double>(one(i - 1)));
    fixed += one(i) == i;
    same += one(i) == other(i);
  }
  EXPECT_NEAR(distance / kN, kN / 3.0, kN / 100.0);  // 6 standard deviations
  EXPECT_LT(fixed, 10);                              // Poisson of mean 1
  EXPECT_LT(same, 10);
}

/// Runs go on where other machines left them.
TEST(Permutation, IsTheSameForEver) {
  const Permutation shuffle(10, 1);
  std::vector<uint64_t> places;
  for (uint64_t i = 0; i < 10; ++i) places.push_back(shuffle(i));
  EXPECT_EQ(places, (std::vector<uint64_t>{7, 2, 5, 8, 1, 0, 9, 3, 4, 6}));
  const Permutation large(uint64_t{1} << 62, 1);
  EXPECT_EQ(large(0), 3875458443919981137u);
}

}  // namespace
}  // namespace tern
