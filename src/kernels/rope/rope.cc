#include "kernels/rope/rope.h"

#include <cmath>

#include "base/check.h"

namespace tern {
namespace {

// Double-precision functions of fma, multiplication and division alone (docs/numerics.md rule 2). Their
// relative error stays below 1e-14, 5e6 times finer than the float32 that they are rounded to.

double log_of(double x) {
  int exponent;
  double m = std::frexp(x, &exponent);  // in [0.5, 1)
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  // log m = 2 atanh(s) with s = (m-1)/(m+1), |s| <= 0.172: the next term, s^25 / 25, is below 1e-20.
  const double s = (m - 1) / (m + 1);
  double series = 0;
  for (int i = 23; i >= 1; i -= 2) series = std::fma(series, s * s, 1.0 / i);
  constexpr double kLn2 = 0x1.62e42fefa39efp-1;
  return std::fma(static_cast<double>(exponent), kLn2, 2 * s * series);
}

double exp_of(double x) {
  constexpr double kLog2e = 0x1.71547652b82fep+0, kLn2High = 0x1.62e42fefa39efp-1,
                   kLn2Low = 0x1.abc9e3b39803fp-56;
  const double n = std::nearbyint(x * kLog2e);
  const double r = std::fma(-n, kLn2Low, std::fma(-n, kLn2High, x));
  double p = 1;
  for (int i = 15; i >= 1; --i) p = std::fma(p, r / i, 1.0);  // Taylor; r^16 / 16! < 1e-20
  return std::ldexp(p, static_cast<int>(n));
}

void cos_sin_of(double x, double* cos_x, double* sin_x) {
  // pi/2 in three doubles: with fma the remainder is good to 2^-100 for the angles that `angles` admits.
  constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
  constexpr double kHigh = 0x1.921fb54442d18p+0, kMiddle = 0x1.1a62633145c07p-54,
                   kLow = -0x1.f1976b7ed8fbcp-110;
  const double n = std::nearbyint(x * kTwoOverPi);
  double r = std::fma(-n, kHigh, x);
  r = std::fma(-n, kMiddle, r);
  r = std::fma(-n, kLow, r);
  // Taylor on |r| <= pi/4: the next terms, r^19 / 19! and r^18 / 18!, are below 1e-17.
  const double r2 = r * r;
  double sine = 1, cosine = 1;
  for (int i = 17; i >= 3; i -= 2) sine = std::fma(sine, -r2 / (i * (i - 1)), 1.0);
  for (int i = 16; i >= 2; i -= 2) cosine = std::fma(cosine, -r2 / (i * (i - 1)), 1.0);
  sine *= r;
  switch (static_cast<int64_t>(n) & 3) {
    case 0:
      *cos_x = cosine, *sin_x = sine;
      return;
    case 1:
      *cos_x = -sine, *sin_x = cosine;
      return;
    case 2:
      *cos_x = -cosine, *sin_x = -sine;
      return;
    default:
      *cos_x = sine, *sin_x = -cosine;
  }
}

}  // namespace

RopeTable::RopeTable(double theta, int head_dim) : half_(head_dim / 2) {
  TERN_CHECK(std::isfinite(theta) && theta > 0 && head_dim > 0 && head_dim % 2 == 0);
  const double log_theta = log_of(theta);
  inv_freq_.reserve(static_cast<size_t>(half_));
  for (int i = 0; i < half_; ++i) {
    inv_freq_.push_back(static_cast<float>(exp_of(-2.0 * i / head_dim * log_theta)));
  }
}

void RopeTable::angles(int64_t position, float* out) const {
  TERN_CHECK(position >= 0 && position <= INT32_MAX);
  for (int i = 0; i < half_; ++i) {
    const float angle = static_cast<float>(position) * inv_freq_[static_cast<size_t>(i)];
    double cosine, sine;
    cos_sin_of(static_cast<double>(angle), &cosine, &sine);
    out[i] = static_cast<float>(cosine);
    out[half_ + i] = static_cast<float>(sine);
  }
}

void rope_rotate(float* x, const float* cos_sin, int head_dim) {
  const int half = head_dim / 2;
  for (int i = 0; i < half; ++i) {
    const float cosine = cos_sin[i], sine = cos_sin[half + i];
    const float low = x[i], high = x[half + i];
    x[i] = std::fma(low, cosine, -(high * sine));
    x[half + i] = std::fma(high, cosine, low * sine);
  }
}

}  // namespace tern
