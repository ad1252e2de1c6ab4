#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tern {
namespace {

/// Powers of ten at which a number gets a letter in place of zeros.
constexpr std::array<std::pair<int, char>, 4> kLetters = {{{12, 'T'}, {9, 'G'}, {6, 'M'}, {3, 'k'}}};
constexpr int kMostDigits = 4;  // in front of the point, without a letter

int decade_of(double value) {
  return static_cast<int>(std::floor(std::log10(value) + 1e-9));
}

/// `value` with as many digits as tell it from value + step, in a form that suits `greatest`, the greatest
/// number near it: "2.5", "1.5M", "2e-4".
std::string label_of(double value, double step, double greatest) {
  if (std::fabs(value) < step / 2) return "0";
  const int decade = decade_of(greatest), fine = decade_of(step);
  int unit = 0;
  std::string suffix;
  if (decade < -2 || decade > 14) {
    unit = decade;
    suffix = fmt::format("e{}", unit);
  } else if (decade >= kMostDigits) {
    const auto letter = std::find_if(kLetters.begin(), kLetters.end(),
                                     [&](const auto& entry) { return entry.first <= decade; });
    unit = letter->first;
    suffix = letter->second;
  }
  const int decimals = std::clamp(unit - fine, 0, 12);
  return fmt::format("{:.{}f}{}", value * std::pow(10, -unit), decimals, suffix);
}

/// The multiple of a power of ten by 1, 2 or 5 that is nearest above `least`.
double nice_step(double least) {
  const double power = std::pow(10, decade_of(least));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

double Axis::place(double value) const {
  if (logarithmic) return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
  return (value - low) / (high - low);
}

Axis linear_axis(double low, double high, int wanted, bool whole) {
  const double size = std::max(std::fabs(low), std::fabs(high));
  if (high - low <= 1e-9 * size || high - low < 1e-300) {  // one number: it comes to stand in the middle
    const double around = size > 1e-290 ? size * 0.1 : 1;
    low -= around;
    high += around;
  }
  double step = nice_step((high - low) / wanted);
  if (whole) step = std::max(1.0, step);
  const double first = std::floor(low / step + 1e-9);
  const double last = std::max(first + 1, std::ceil(high / step - 1e-9));
  Axis axis{.low = first * step, .high = last * step, .logarithmic = false, .ticks = {}};
  const double greatest = std::max(std::fabs(axis.low), std::fabs(axis.high));
  const auto count = static_cast<int>(std::llround(last - first));
  for (int i = 0; i <= count; ++i) {
    const double value = (first + i) * step;
    axis.ticks.push_back({value, label_of(value, step, greatest)});
  }
  return axis;
}

Axis log_axis(double low, double high, int wanted) {
  const int first = decade_of(low);
  const int last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(high) - 1e-9)));
  Axis axis{.low = std::pow(10, first), .high = std::pow(10, last), .logarithmic = true, .ticks = {}};
  const int every = (last - first + wanted - 1) / wanted;
  for (int decade = first; decade <= last; ++decade) {
    if ((decade - first) % every != 0) continue;
    for (const int factor : {1, 2, 5}) {
      const double value = factor * std::pow(10, decade);
      const bool fits = factor == 1 || (3 * (last - first) <= wanted && decade < last);
      if (fits) axis.ticks.push_back({value, label_of(value, std::pow(10, decade), value)});
    }
  }
  return axis;
}

std::string short_number(double value) {
  const double size = std::fabs(value);
  if (size < 1e-290) return "0";
  std::string text = label_of(value, std::pow(10, decade_of(size) - 3), size);
  // Zeros behind the point say nothing.
  const size_t point = text.find('.'), end = std::min(text.find_first_not_of("-.0123456789"), text.size());
  if (point == std::string::npos) return text;
  size_t digits = end;
  while (text[digits - 1] == '0') --digits;
  if (digits - 1 == point) --digits;
  return fmt::format("{}{}", text.substr(0, digits), text.substr(end));
}

}  // namespace tern
