#include "engine/log_normalizer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/math_f64.h"

namespace tern {
namespace {

// Exponentials that are computed at once, so that the compiler can do some of them side by side.
constexpr size_t kBlock = 64;
constexpr double kLog2e = 0x1.71547652b82fep+0;
// ln 2 in two parts; a whole number below 2^20 times the first is exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
// Added to a number it leaves the nearest whole number in the low bits of the mantissa.
constexpr double kRounder = 0x1.8p+52;
// Its exponential is no longer seen beside 1, and still a normal number.
constexpr double kLowest = -700.0;

/// 1/i!, i = 13 .. 0: |r| <= ln2/2 leaves less than 2^-60 of the series.
constexpr std::array<double, 14> kTaylor = [] {
  std::array<double, 14> inverse{};
  double factorial = 1;
  for (int i = 0; i <= 13; ++i) {
    if (i > 0) factorial *= i;
    inverse[static_cast<size_t>(13 - i)] = 1.0 / factorial;
  }
  return inverse;
}();

/// x[i] becomes exp(x[i]), for x[i] <= 0; those below kLowest become exp(kLowest). A step for all of them
/// before the next, which the compiler can do side by side.
void exp_of_negative(double (&x)[kBlock]) {
  double shifted[kBlock], p[kBlock];
  for (size_t i = 0; i < kBlock; ++i) {
    const double bounded = x[i] < kLowest ? kLowest : x[i];
    shifted[i] = bounded * kLog2e + kRounder;
    const double n = shifted[i] - kRounder;
    x[i] = (bounded - n * kLn2High) - n * kLn2Low;
    p[i] = kTaylor[0];
  }
  for (size_t k = 1; k < kTaylor.size(); ++k) {
    for (size_t i = 0; i < kBlock; ++i) p[i] = p[i] * x[i] + kTaylor[k];
  }
  // p * 2^n: n, the low bits of `shifted`, is added to p's exponent.
  for (size_t i = 0; i < kBlock; ++i) {
    x[i] = std::bit_cast<double>(std::bit_cast<uint64_t>(p[i]) + (std::bit_cast<uint64_t>(shifted[i]) << 52));
  }
}

}  // namespace

LogNormalizer log_normalizer(std::span<const float> logits) {
  const double best = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const size_t n = std::min(kBlock, logits.size() - begin);
    double terms[kBlock] = {};
    for (size_t i = 0; i < n; ++i) terms[i] = static_cast<double>(logits[begin + i]) - best;
    exp_of_negative(terms);
    for (size_t i = 0; i < n; ++i) sum += terms[i];
  }
  return {best, log_f64(sum)};
}

}  // namespace tern
