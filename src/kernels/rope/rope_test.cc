#include "kernels/rope/rope.h"

#include "kernels/rope/rotate.h"
#include "kernels/testing.h"

namespace tern::testing {
namespace {

/// Neighbouring floats between a and b.
int64_t ulps_apart(float a, float b) {
  const auto ordered = [](float value) {
    const auto bits = static_cast<int64_t>(std::bit_cast<uint32_t>(value));
    return (bits & 0x80000000) != 0 ? 0x80000000 - bits : bits;
  };
  return std::abs(ordered(a) - ordered(b));
}

TEST(Rope, AnglesWithinOneUlpOfLibm) {
  for (const double theta : {1.0, 10000.0, 500000.0, 1e6, 100000.5}) {
    for (const int head_dim : {2, 64, 80, 128}) {
      const RopeTable table(theta, head_dim);
      const auto half = static_cast<size_t>(head_dim / 2);
      std::vector<float> out(2 * half);
      for (const int64_t position : {0, 1, 2, 7, 100, 4095, 8191, 131071, 16777217, 2147483647}) {
        table.angles(position, out.data());
        for (size_t i = 0; i < half; ++i) {
          const auto inv_freq = static_cast<float>(std::pow(theta, -2.0 * static_cast<double>(i) / head_dim));
          const double angle = static_cast<float>(position) * inv_freq;
          EXPECT_LE(ulps_apart(out[i], static_cast<float>(std::cos(angle))), 1) << position << " " << i;
          EXPECT_LE(ulps_apart(out[half + i], static_cast<float>(std::sin(angle))), 1)
              << position << " " << i;
        }
      }
    }
  }
}

TEST(Rope, AFactorPutsPositionsCloser) {
  std::vector<float> scaled(64), plain(64);
  const RopeTable table(1e6, 64, 8.0f), same(1e6, 64);
  for (const int64_t position : {0, 1, 5, 1000}) {  // a power of two moves no bit of the products
    table.angles(8 * position, scaled.data());
    same.angles(position, plain.data());
    EXPECT_EQ(scaled, plain) << position;
  }
  table.angles(1, scaled.data());
  EXPECT_NEAR(scaled[32], std::sin(0.125), kEpsilon);
}

TEST(Rope, PositionZeroTurnsNothing) {
  std::vector<float> cos_sin(64), x(64);
  RopeTable(10000.0, 64).angles(0, cos_sin.data());
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) - 31.5f;
  const std::vector<float> before = x;
  rope_rotate_scalar(x.data(), cos_sin.data(), 64);
  EXPECT_EQ(x, before);
}

TEST(Rope, RotatesPairsHalfAHeadApart) {
  // A quarter turn of pair 0 and none of pair 1: (x0, x2) -> (-x2, x0).
  const float cos_sin[] = {0, 1, 1, 0};
  float x[] = {1, 2, 3, 4};
  rope_rotate_scalar(x, cos_sin, 4);
  EXPECT_EQ(x[0], -3);
  EXPECT_EQ(x[1], 2);
  EXPECT_EQ(x[2], 1);
  EXPECT_EQ(x[3], 4);
}

TEST(Rope, RoundsAsTheContractSays) {
  TERN_TRACE_SEED();
  Random random(1);
  for (int round = 0; round < 1000; ++round) {
    const float cos_sin[] = {random.normal(), random.normal()};
    float x[] = {random.normal(), random.normal()};
    const float low = std::fma(x[0], cos_sin[0], -(x[1] * cos_sin[1]));
    const float high = std::fma(x[1], cos_sin[0], x[0] * cos_sin[1]);
    rope_rotate_scalar(x, cos_sin, 2);
    ASSERT_EQ(x[0], low);
    ASSERT_EQ(x[1], high);
  }
}

const std::vector<Kernel<TernRopeRotateFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/rope/kernels.inc"
#undef TERN_KERNEL
};

TEST(Rope, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kLines)) {
    for (const int64_t d : {2, 6, 8, 10, 16, 30, 64, 72, 80, 128}) {
      const std::vector<float> cos_sin = random.nasty_vector(d);
      std::vector<float> expected = random.nasty_vector(d);
      expected.push_back(kPoison);
      std::vector<float> actual = expected;
      rope_rotate_scalar(expected.data(), cos_sin.data(), d);
      kernel.function(actual.data(), cos_sin.data(), d);
      expect_same_bits(expected, actual, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
