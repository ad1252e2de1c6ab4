#include "kernels/softmax/softmax.h"

#include "kernels/testing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernSoftmaxFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_GRAD(name, min_isa)
#include "kernels/softmax/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_GRAD
};
const std::vector<Kernel<TernSoftmaxGradFn>> kGradLines = {
#define TERN_KERNEL(name, min_isa)
#define TERN_KERNEL_GRAD(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/softmax/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_GRAD
};

TEST(Softmax, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const int64_t visible : {1, 5, 16, 100, 1000}) {
    const int64_t n = visible + 3;
    const float scale = 0.3f;
    const std::vector<float> s = random.normal_vector(n), dp = random.normal_vector(n);
    double sum = 0, delta = 0;
    std::vector<double> p;
    for (int64_t i = 0; i < visible; ++i) p.push_back(std::exp(double{s[static_cast<size_t>(i)]} * scale));
    for (const double value : p) sum += value;
    for (int64_t i = 0; i < visible; ++i)
      delta += (p[static_cast<size_t>(i)] /= sum) * dp[static_cast<size_t>(i)];

    std::vector<float> actual = s;
    TernSoftmaxRow row{};
    softmax_f32_scalar(actual.data(), visible, n, scale, &row);
    // The argument is at most some 4 in size and rounded twice, exp is good to 2 roundings, the sum is a
    // chain of n/16 and a tree.
    const double relative = kEpsilon * (16 + static_cast<double>(visible) / 16);
    EXPECT_NEAR(row.max + std::log(row.sum), std::log(sum), relative * 4);
    std::vector<float> again = s, ds = dp;
    softmax_grad_f32_scalar(again.data(), ds.data(), visible, n, scale, &row, static_cast<float>(delta));
    for (size_t i = 0; i < static_cast<size_t>(n); ++i) {
      const bool there = i < static_cast<size_t>(visible);
      const double expected = there ? p[i] : 0;
      EXPECT_NEAR(actual[i], expected, expected * relative);
      EXPECT_EQ(again[i], actual[i]);
      const double slope = expected * (dp[i] - delta) * scale;
      EXPECT_NEAR(ds[i], slope, expected * (std::fabs(dp[i]) + std::fabs(delta)) * relative);
    }
  }
}

TEST(Softmax, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  for (int64_t visible = 1; visible <= 70; ++visible) {
    const int64_t n = visible + random.integer(0, 9);
    std::vector<float> s = random.normal_vector(n);
    if (visible % 4 == 0) s[static_cast<size_t>(random.integer(0, visible - 1))] = -1e9f;  // exp gives +0
    if (visible % 5 == 0) s[static_cast<size_t>(visible) - 1] = 50.0f;        // the greatest comes last
    for (int64_t i = visible; i < n; ++i) s[static_cast<size_t>(i)] = 1e30f;  // is not looked at
    const std::vector<float> dp = random.normal_vector(n);
    std::vector<float> expected = s, expected_ds = dp, expected_p = s;
    TernSoftmaxRow row{};
    softmax_f32_scalar(expected.data(), visible, n, 0.7f, &row);
    softmax_grad_f32_scalar(expected_p.data(), expected_ds.data(), visible, n, 0.7f, &row, 0.3f);
    for (const auto& kernel : runnable(kLines)) {
      std::vector<float> actual = s;
      TernSoftmaxRow actual_row{};
      kernel.function(actual.data(), visible, n, 0.7f, &actual_row);
      expect_same_bits(expected, actual, kernel.name);
      expect_same_bits({row.max, row.sum}, {actual_row.max, actual_row.sum}, kernel.name);
    }
    for (const auto& kernel : runnable(kGradLines)) {
      std::vector<float> p = s, ds = dp;
      kernel.function(p.data(), ds.data(), visible, n, 0.7f, &row, 0.3f);
      expect_same_bits(expected_p, p, kernel.name);
      expect_same_bits(expected_ds, ds, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
