#include "base/math_f64.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tern {
namespace {

constexpr double kLog2e = 0x1.71547652b82fep+0;
constexpr double kLn2High = 0x1.62e42fefa39efp-1;
constexpr double kLn2Low = 0x1.abc9e3b39803fp-56;

}  // namespace

double exp_f64(double x) {
  if (std::isnan(x)) return x;
  if (x < -700.0) return 0.0;
  if (x > 709.0) return std::numeric_limits<double>::infinity();
  const double n = std::nearbyint(x * kLog2e);
  double r = std::fma(-n, kLn2High, x);
  r = std::fma(-n, kLn2Low, r);
  // |r| <= ln2/2: the Taylor series to r^13 leaves less than 2^-60.
  double p = 1.0;
  for (int i = 13; i >= 1; --i) p = std::fma(p, r / i, 1.0);
  return p * std::bit_cast<double>(static_cast<uint64_t>(static_cast<int64_t>(n) + 1023) << 52);
}

double log_f64(double x) {
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  int64_t exponent = static_cast<int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);  // in [1, 2)
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  // log m = 2 atanh(s), s = (m-1)/(m+1), |s| <= 0.1716: the series to s^25 leaves less than 2^-60.
  const double s = (m - 1.0) / (m + 1.0);
  const double s2 = s * s;
  double series = 0.0;
  for (int i = 25; i >= 1; i -= 2) series = std::fma(series, s2, 1.0 / i);
  const auto e = static_cast<double>(exponent);
  return std::fma(e, kLn2High, std::fma(e, kLn2Low, 2.0 * s * series));
}

}  // namespace tern
