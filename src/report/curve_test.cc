#include "report/curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tern {
namespace {

double wave(int64_t i) {
  return std::sin(static_cast<double>(i) * 0.37);
}

TEST(Curve, FewPointsAreKeptAsTheyAre) {
  Curve curve;
  for (size_t i = 0; i < Curve::kMostPoints; ++i)
    curve.add({static_cast<double>(i), wave(static_cast<int64_t>(i))});
  const std::vector<Point> points = curve.points();
  ASSERT_EQ(points.size(), Curve::kMostPoints);
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].x, static_cast<double>(i));
    EXPECT_EQ(points[i].y, wave(static_cast<int64_t>(i)));
  }
}

// Whatever their number: few points, in order, with every extreme of all, and means that are those of all.
TEST(Curve, ManyPointsBecomeFewAndNoSpikeIsLost) {
  for (const int64_t count : {2001, 2002, 4001, 5000, 8192, 100'000, 1'000'003}) {
    SCOPED_TRACE(count);
    Curve curve;
    double sum = 0;
    const int64_t high = count / 3, low = count - 2;
    for (int64_t i = 0; i < count; ++i) {
      const double y = i == high ? 50 : i == low ? -70 : wave(i);
      curve.add({static_cast<double>(i), y});
      sum += y;
    }
    const std::vector<Point> points = curve.points(), means = curve.means();
    EXPECT_LE(points.size(), Curve::kMostPoints);
    EXPECT_GE(points.size(), Curve::kMostPoints / 4);
    EXPECT_TRUE(std::is_sorted(points.begin(), points.end(), [](Point a, Point b) { return a.x < b.x; }));
    const auto has = [&](double x, double y) {
      return std::any_of(points.begin(), points.end(), [&](Point p) { return p.x == x && p.y == y; });
    };
    EXPECT_TRUE(has(static_cast<double>(high), 50));
    EXPECT_TRUE(has(static_cast<double>(low), -70));
    EXPECT_EQ(curve.count(), count);
    EXPECT_EQ(curve.last()->x, static_cast<double>(count - 1));
    EXPECT_EQ(curve.lowest()->y, -70);
    EXPECT_TRUE(std::is_sorted(means.begin(), means.end(), [](Point a, Point b) { return a.x < b.x; }));
    // Buckets but the last hold equally many.
    const auto size = static_cast<double>(std::llround(means[1].x - means[0].x));
    const double last = static_cast<double>(count) - size * static_cast<double>(means.size() - 1);
    double of_means = last * means.back().y;
    for (size_t i = 0; i + 1 < means.size(); ++i) of_means += size * means[i].y;
    EXPECT_NEAR(of_means, sum, 1e-6 * static_cast<double>(count));
  }
}

TEST(Curve, WhatIsNoNumberIsLeftOut) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(),
                   kInfinity = std::numeric_limits<double>::infinity();
  Curve curve;
  EXPECT_TRUE(curve.points().empty());
  EXPECT_FALSE(curve.last());
  EXPECT_FALSE(curve.lowest());
  for (const double bad : {kNaN, kInfinity, -kInfinity, 1e300, -2e30}) {
    curve.add({1, bad});
    curve.add({bad, 1});
  }
  EXPECT_EQ(curve.count(), 0);
  curve.add({1, 1e30});
  EXPECT_EQ(curve.count(), 1);
}

TEST(Curve, SmoothingIsAFadingMean) {
  const std::vector<Point> points = {{1, 8}, {2, 0}, {3, 4}};
  const std::vector<Point> result = smoothed(points, 1);  // weights 1, 1/2, 1/4
  ASSERT_EQ(result.size(), 3u);
  EXPECT_DOUBLE_EQ(result[0].y, 8);
  EXPECT_DOUBLE_EQ(result[1].y, 4 / 1.5);
  EXPECT_DOUBLE_EQ(result[2].y, (4 + 0 + 2) / 1.75);
  EXPECT_EQ(result[2].x, 3);
  for (const Point& point : smoothed({{0, 3}, {1, 3}, {2, 3}}, 20)) EXPECT_DOUBLE_EQ(point.y, 3);
  const std::vector<Point> same = smoothed(points, 0);
  for (size_t i = 0; i < points.size(); ++i) EXPECT_EQ(same[i].y, points[i].y);
}

}  // namespace
}  // namespace tern
