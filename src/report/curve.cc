#include "report/curve.h"

#include <algorithm>
#include <cmath>

namespace tern {

void Curve::Bucket::add(const Bucket& other) {
  if (count == 0 || other.low.y < low.y) low = other.low;
  if (count == 0 || other.high.y > high.y) high = other.high;
  count += other.count;
  x += other.x;
  y += other.y;
}

void Curve::add(Point point) {
  for (const double value : {point.x, point.y}) {
    if (!std::isfinite(value) || std::fabs(value) > kGreatest) return;
  }
  ++count_;
  last_ = point;
  if (buckets_.empty() || buckets_.back().count == bucket_size_) {
    // A bucket of several points gives two.
    while (buckets_.size() >= (bucket_size_ == 1 ? kMostPoints : kMostPoints / 2)) merge_neighbours();
    buckets_.emplace_back();
  }
  buckets_.back().add({1, point.x, point.y, point, point});
}

void Curve::merge_neighbours() {
  const size_t half = buckets_.size() / 2;  // their number is even, and all are full
  for (size_t i = 0; i < half; ++i) {
    Bucket both = buckets_[2 * i];
    both.add(buckets_[2 * i + 1]);
    buckets_[i] = both;
  }
  buckets_.resize(half);
  bucket_size_ *= 2;
}

std::vector<Point> Curve::points() const {
  std::vector<Point> all;
  for (const Bucket& bucket : buckets_) {
    const auto [first, second] =
        std::minmax(bucket.low, bucket.high, [](Point a, Point b) { return a.x < b.x; });
    all.push_back(first);
    if (bucket.count > 1) all.push_back(second);
  }
  return all;
}

std::vector<Point> Curve::means() const {
  std::vector<Point> all;
  for (const Bucket& bucket : buckets_) {
    const auto count = static_cast<double>(bucket.count);
    all.push_back({bucket.x / count, bucket.y / count});
  }
  return all;
}

std::optional<Point> Curve::lowest() const {
  const auto found = std::min_element(buckets_.begin(), buckets_.end(),
                                      [](const Bucket& a, const Bucket& b) { return a.low.y < b.low.y; });
  if (found == buckets_.end()) return std::nullopt;
  return found->low;
}

std::vector<Point> smoothed(const std::vector<Point>& points, double half_life) {
  const double keep = half_life > 0 ? std::exp2(-1 / half_life) : 0;
  std::vector<Point> result;
  double sum = 0, weight = 0;  // both of the same fading weights, so that the first points are not drawn to 0
  for (const Point& point : points) {
    sum = keep * sum + point.y;
    weight = keep * weight + 1;
    result.push_back({point.x, sum / weight});
  }
  return result;
}

}  // namespace tern
