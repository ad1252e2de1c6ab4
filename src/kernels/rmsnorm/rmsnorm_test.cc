#include "kernels/rmsnorm/rmsnorm.h"

#include "kernels/testing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernRmsNormFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/rmsnorm/kernels.inc"
#undef TERN_KERNEL
};

std::vector<float> run(TernRmsNormFn kernel, const std::vector<float>& x, const std::vector<float>& w,
                       float eps) {
  std::vector<float> y(x.size() + 1, kPoison);
  kernel(x.data(), w.data(), eps, static_cast<int64_t>(x.size()), y.data());
  return y;
}

TEST(RmsNorm, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const int64_t n : {1, 16, 33, 576, 2560}) {
    const std::vector<float> x = random.normal_vector(n), w = random.normal_vector(n);
    const std::vector<float> y = run(rmsnorm_f32_f32_scalar, x, w, 1e-5f);
    double sum = 0;
    for (const float value : x) sum += double{value} * value;
    const double r = 1 / std::sqrt(sum / static_cast<double>(n) + 1e-5f);
    // A chain of n/16 FMAs, four tree sums, mean, eps: half of it under the root; root, 1/, and two products
    // after.
    const double tolerance = (0.5 * (static_cast<double>(n) / 16 + 7) + 4) * kEpsilon;
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = x[i] * r * w[i];
      EXPECT_NEAR(y[i], expected, std::fabs(expected) * tolerance) << "n " << n << ", element " << i;
    }
  }
}

TEST(RmsNorm, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kLines)) {
    for (int64_t n = 1; n <= 100; ++n) {
      const bool nasty = n % 2 == 0;
      const std::vector<float> x = nasty ? random.nasty_vector(n) : random.normal_vector(n);
      const std::vector<float> w = random.normal_vector(n);
      const std::vector<float> expected = run(rmsnorm_f32_f32_scalar, x, w, 1e-6f);
      expect_same_bits(expected, run(kernel.function, x, w, 1e-6f), kernel.name);
      std::vector<float> in_place = x;
      kernel.function(in_place.data(), w.data(), 1e-6f, n, in_place.data());
      in_place.push_back(kPoison);
      expect_same_bits(expected, in_place, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
