#include "kernels/rmsnorm_grad/rmsnorm_grad.h"

#include "kernels/testing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernRmsNormGradFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/rmsnorm_grad/kernels.inc"
#undef TERN_KERNEL
};

double loss(const std::vector<double>& x, const std::vector<double>& w, const std::vector<double>& dy,
            double eps) {
  double squares = 0, sum = 0;
  for (const double value : x) squares += value * value;
  const double r = 1 / std::sqrt(squares / static_cast<double>(x.size()) + eps);
  for (size_t i = 0; i < x.size(); ++i) sum += dy[i] * x[i] * r * w[i];
  return sum;
}

std::vector<double> widened(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

// Against differences of the function in double: error of some 1e-10 relative to a step of 1e-5, far below
// float's.
TEST(RmsNormGrad, ScalarAgreesWithDifferences) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const int64_t n : {1, 7, 16, 130}) {
    const std::vector<float> x = random.normal_vector(n), w = random.normal_vector(n),
                             dy = random.normal_vector(n);
    std::vector<float> dx(x.size()), dw(x.size(), 0.5f);
    rmsnorm_grad_f32_scalar(x.data(), w.data(), dy.data(), 1e-2f, n, dx.data(), dw.data());
    double scale = 1;  // what the terms of dx are made of
    for (int64_t i = 0; i < n; ++i)
      scale = std::max(scale, std::fabs(double{dy[static_cast<size_t>(i)]}) * 20);
    const double tolerance = scale * 10 * kEpsilon * (static_cast<double>(n) / 16 + 12) + 1e-8;
    for (size_t i = 0; i < x.size(); ++i) {
      const auto slope = [&](bool of_weight) {
        std::vector<double> from = widened(x), weights = widened(w);
        std::vector<double>& varied = of_weight ? weights : from;
        const double at = varied[i], step = 1e-5;
        varied[i] = at + step;
        const double above = loss(from, weights, widened(dy), double{1e-2f});
        varied[i] = at - step;
        return (above - loss(from, weights, widened(dy), double{1e-2f})) / (2 * step);
      };
      EXPECT_NEAR(dx[i], slope(false), tolerance) << "n " << n << ", element " << i;
      EXPECT_NEAR(dw[i] - 0.5, slope(true), tolerance) << "n " << n << ", element " << i;
    }
  }
}

TEST(RmsNormGrad, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kLines)) {
    for (int64_t n = 1; n <= 70; ++n) {
      const std::vector<float> x = random.normal_vector(n), w = random.normal_vector(n),
                               dy = random.nasty_vector(n), dw = random.normal_vector(n);
      std::vector<float> expected_dx(x.size()), expected_dw = dw, dx = dy, actual_dw = dw;
      rmsnorm_grad_f32_scalar(x.data(), w.data(), dy.data(), 1e-5f, n, expected_dx.data(),
                              expected_dw.data());
      kernel.function(x.data(), w.data(), dx.data(), 1e-5f, n, dx.data(), actual_dw.data());  // in place
      expect_same_bits(expected_dx, dx, kernel.name);
      expect_same_bits(expected_dw, actual_dw, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
