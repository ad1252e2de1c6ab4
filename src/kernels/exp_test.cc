#include "kernels/exp.h"

#include "kernels/testing.h"

namespace tern::testing {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Exp, Sentinels) {
  EXPECT_EQ(std::bit_cast<uint32_t>(exp_f32(0.0f)), std::bit_cast<uint32_t>(1.0f));
  EXPECT_EQ(std::bit_cast<uint32_t>(exp_f32(-0.0f)), std::bit_cast<uint32_t>(1.0f));
  EXPECT_EQ(std::bit_cast<uint32_t>(exp_f32(-kInfinity)), 0u);
  EXPECT_EQ(std::bit_cast<uint32_t>(exp_f32(std::nextafter(-87.0f, -88.0f))), 0u);
  EXPECT_GT(exp_f32(-87.0f), std::numeric_limits<float>::min());
  EXPECT_LT(exp_f32(88.7f), kInfinity);
  EXPECT_EQ(exp_f32(std::nextafter(88.7f, 89.0f)), kInfinity);
  EXPECT_EQ(exp_f32(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(exp_f32(std::numeric_limits<float>::quiet_NaN())));
}

// All floats between the cutoffs in strides, against libm's double.
TEST(Exp, WithinTwoUlp) {
  double worst = 0;
  float worst_at = 0;
  const auto visit = [&](float x) {
    const double exact = std::exp(double{x});
    const auto nearest = static_cast<float>(exact);
    const double ulp = std::ldexp(1.0, std::ilogb(nearest) - 23);
    const double error = std::fabs(exp_f32(x) - exact) / ulp;
    if (error > worst) {
      worst = error;
      worst_at = x;
    }
  };
  for (const float limit : {-87.0f, 88.7f}) {
    const uint32_t sign = limit < 0 ? 0x80000000u : 0;
    const uint32_t last = std::bit_cast<uint32_t>(limit) & 0x7fffffffu;
    for (uint32_t bits = 0; bits <= last; bits += 2311) visit(std::bit_cast<float>(sign | bits));
    visit(limit);
  }
  // Most floats are tiny; where exp bends, look closer.
  for (int i = -87 * 4096; i <= 88 * 4096; ++i) visit(static_cast<float>(i) / 4096.0f);
  EXPECT_LE(worst, 2.0) << "at " << worst_at;
  EXPECT_GT(worst, 0.4) << "no sample was rounded: the test looks at nothing";
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Exp, RisesWithItsArgument) {
  float previous = exp_f32(-87.0f);
  for (int i = -87 * 1024 + 1; i <= 88 * 1024; ++i) {
    const float value = exp_f32(static_cast<float>(i) / 1024.0f);
    ASSERT_GT(value, previous) << i;
    previous = value;
  }
}

}  // namespace
}  // namespace tern::testing
