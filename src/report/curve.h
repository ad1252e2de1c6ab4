#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tern {

struct Point {
  double x = 0, y = 0;
};

/// A curve of any number of points, which come one by one and of which it keeps few: when they become too
/// many, neighbours become one bucket. A bucket knows its lowest and its highest point, so that no spike is
/// lost, and its mean.
class Curve {
 public:
  static constexpr size_t kMostPoints = 2000;
  /// Numbers beyond it are no measurements, and sums of them would overflow.
  static constexpr double kGreatest = 1e30;

  /// What is no number, infinite or beyond kGreatest is left out.
  void add(Point point);

  /// At most kMostPoints, in the order in which they came.
  std::vector<Point> points() const;
  /// A point a bucket: mean x, mean y.
  std::vector<Point> means() const;
  /// How many came, those left out aside.
  int64_t count() const { return count_; }
  /// The last that came, and the lowest of all.
  std::optional<Point> last() const { return last_; }
  std::optional<Point> lowest() const;

 private:
  struct Bucket {
    int64_t count = 0;
    double x = 0, y = 0;  ///< sums
    Point low, high;      ///< low.y <= high.y
    void add(const Bucket& other);
  };
  void merge_neighbours();

  std::vector<Bucket> buckets_;
  int64_t bucket_size_ = 1, count_ = 0;
  std::optional<Point> last_;
};

/// A moving average of points at even distances: each weighs less the further back it is, by half every
/// `half_life` points.
std::vector<Point> smoothed(const std::vector<Point>& points, double half_life);

}  // namespace tern
