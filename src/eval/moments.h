#pragma once
#include <cmath>
#include <cstdint>

namespace tern {

/// Mean and spread of values that come one by one; the order decides the last bits (Welford's recurrence).
class Moments {
 public:
  void add(double value) {
    ++count_;
    sum_ += value;
    const double distance = value - mean_;
    mean_ += distance / static_cast<double>(count_);
    squares_ += distance * (value - mean_);
  }
  uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  /// 0 without values.
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  /// Standard error of the mean, as if the values were independent; 0 with fewer than two.
  double standard_error() const {
    if (count_ < 2) return 0;
    const auto n = static_cast<double>(count_);
    return std::sqrt(squares_ / (n - 1) / n);
  }

 private:
  uint64_t count_ = 0;
  double sum_ = 0, mean_ = 0, squares_ = 0;
};

}  // namespace tern
