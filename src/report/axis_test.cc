#include "report/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/mutation.h"

namespace tern {
namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> all;
  for (const Tick& tick : axis.ticks) all.push_back(tick.label);
  return all;
}
using Labels = std::vector<std::string>;

TEST(Axis, HasRoundNumbers) {
  EXPECT_EQ(labels(linear_axis(0, 1000, 5)), (Labels{"0", "200", "400", "600", "800", "1000"}));
  EXPECT_EQ(labels(linear_axis(0, 41'000, 5)), (Labels{"0", "10k", "20k", "30k", "40k", "50k"}));
  EXPECT_EQ(labels(linear_axis(0, 2.4e6, 5)), (Labels{"0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"}));
  EXPECT_EQ(labels(linear_axis(2.13, 9.7, 4)), (Labels{"2", "4", "6", "8", "10"}));
  EXPECT_EQ(labels(linear_axis(0.31, 0.352, 5)), (Labels{"0.31", "0.32", "0.33", "0.34", "0.35", "0.36"}));
  EXPECT_EQ(labels(linear_axis(-0.5, 1, 3)), (Labels{"-0.5", "0", "0.5", "1.0"}));
  EXPECT_EQ(labels(linear_axis(0, 1.1e-3, 3)), (Labels{"0", "0.5e-3", "1.0e-3", "1.5e-3"}));
  EXPECT_EQ(labels(linear_axis(1, 3, 8, true)), (Labels{"1", "2", "3"}));
  EXPECT_EQ(labels(log_axis(0.004, 30, 6)), (Labels{"1e-3", "0.01", "0.1", "1", "10", "100"}));
  EXPECT_EQ(labels(log_axis(2, 30, 6)), (Labels{"1", "2", "5", "10", "20", "50", "100"}));
  EXPECT_EQ(labels(log_axis(3e-7, 3e-5, 6)), (Labels{"1e-7", "1e-6", "1e-5", "1e-4"}));
}

TEST(Axis, ShortNumbers) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(-1e-320), "0");
  EXPECT_EQ(short_number(2.30259), "2.303");
  EXPECT_EQ(short_number(-12), "-12");
  EXPECT_EQ(short_number(1000), "1000");
  EXPECT_EQ(short_number(0.5), "0.5");
  EXPECT_EQ(short_number(100), "100");
  EXPECT_EQ(short_number(1.5e6), "1.5M");
  EXPECT_EQ(short_number(123456), "123.5k");
  EXPECT_EQ(short_number(0.0012), "1.2e-3");
}

// Whatever is asked for: the data lie on the axis, ticks ascend on it, their labels differ, and there are
// not many.
TEST(Axis, HoldsAnyNumbers) {
  testing::Random random(1);
  const auto any = [&] {
    const double size = std::pow(10, static_cast<double>(random.below(61)) - 30);
    const double value = size * static_cast<double>(random.below(1000)) / 999;
    return random.chance(2) ? value : -value;
  };
  for (int i = 0; i < 20'000; ++i) {
    double low = any(),
           high = random.chance(4) ? low * (1 + 1e-12 * static_cast<double>(random.below(99))) : any();
    if (low > high) std::swap(low, high);
    SCOPED_TRACE(fmt::format("{} {}", low, high));
    const int wanted = 2 + static_cast<int>(random.below(9));
    for (const bool logarithmic : {false, true}) {
      if (logarithmic && low <= 0) continue;
      const Axis axis =
          logarithmic ? log_axis(low, high, wanted) : linear_axis(low, high, wanted, random.chance(2));
      ASSERT_GE(axis.ticks.size(), 2u);
      ASSERT_LE(axis.ticks.size(), static_cast<size_t>(2 * wanted + 3));
      const double room = 1e-6;
      EXPECT_GE(axis.place(low), -room);
      EXPECT_LE(axis.place(high), 1 + room);
      std::set<std::string> names;
      double before = -1;
      for (const Tick& tick : axis.ticks) {
        EXPECT_GT(axis.place(tick.value), before);
        before = axis.place(tick.value);
        EXPECT_LE(before, 1 + room);
        EXPECT_LE(tick.label.size(), 18u) << tick.label;
        names.insert(tick.label);
      }
      EXPECT_EQ(names.size(), axis.ticks.size());
    }
  }
}

}  // namespace
}  // namespace tern
