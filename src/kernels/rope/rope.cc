#include "kernels/rope/rope.h"

#include <cmath>

#include "base/check.h"
#include "base/math_f64.h"

namespace tern {
namespace {

// Of fma, multiplication and division alone, as exp_f64 and log_f64 are (docs/numerics.md rule 2). The
// relative error stays below 1e-14, 5e6 times finer than the float32 that it is rounded to.
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

RopeTable::RopeTable(double theta, int head_dim, float factor) : half_(head_dim / 2) {
  TERN_CHECK(std::isfinite(theta) && theta > 0 && std::isfinite(factor) && factor > 0 && head_dim > 0 &&
             head_dim % 2 == 0);
  const double log_theta = log_f64(theta);
  inv_freq_.reserve(static_cast<size_t>(half_));
  for (int i = 0; i < half_; ++i) {
    inv_freq_.push_back(static_cast<float>(exp_f64(-2.0 * i / head_dim * log_theta)) / factor);
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

}  // namespace tern
