#pragma once
#include <string>
#include <vector>

namespace tern {

struct Tick {
  double value = 0;
  std::string label;
};

/// From its first tick or before it to its last or behind it.
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  std::vector<Tick> ticks;
  /// Where `value` lies: 0 at `low`, 1 at `high`.
  double place(double value) const;
};

/// An axis that holds [low, high] and has about `wanted` (2 or more) ticks at multiples of 1, 2 or 5 times a
/// power of ten; `whole`: of whole numbers only. It begins and ends at a tick.
Axis linear_axis(double low, double high, int wanted, bool whole = false);
/// The same with ticks at powers of ten, and between them where there are few; 0 < low <= high.
Axis log_axis(double low, double high, int wanted);

/// "0.0123", "2.31", "1.5M": a number as text of about four digits.
std::string short_number(double value);

}  // namespace tern
