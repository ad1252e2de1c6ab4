#include "machine/limits.h"

#include <gtest/gtest.h>

#include "kernels/isa.h"

namespace tern {
namespace {

constexpr ProbeOptions kQuick{.read_bytes = 8 << 20, .rounds = 2, .int8_seconds = 0.001};

TEST(Machine, LimitsArePlausible) {
  for (const int threads : {1, 2, 3}) {
    const auto limits = measure_limits(threads, kQuick);
    ASSERT_TRUE(limits) << limits.error().message();
    EXPECT_EQ(limits->threads, threads);
    EXPECT_GT(limits->read_gbps, 0.01);
    EXPECT_LT(limits->read_gbps, 100000);
    EXPECT_GT(limits->cpu_share, 0);
    EXPECT_LT(limits->cpu_share, 1.1);
    EXPECT_EQ(limits->int8.empty(), supported_isas().size() == 1);
    for (const Int8Rate& rate : limits->int8) {
      EXPECT_GT(rate.gops, 0.01) << rate.instruction;
      EXPECT_LT(rate.gops, 1e6) << rate.instruction;
      EXPECT_LE(rate.gops, limits->int8_gops());
    }
  }
}

TEST(Machine, FloatsAreMultipliedAtAPlausibleSpeed) {
  for (const int threads : {1, 3}) {
    const auto gflops = measure_float32_gflops(threads);
    ASSERT_TRUE(gflops) << gflops.error().message();
    if (supported_isas().size() == 1) {
      EXPECT_EQ(*gflops, 0);  // scalar alone
    } else {
      // A 1 GHz processor with one unit of 4 lanes, and far more than any has a thread.
      EXPECT_GT(*gflops, 0.5);
      EXPECT_LT(*gflops, 1e4);
    }
  }
}

TEST(Machine, ALevelLeavesOutWhatIsBeyondIt) {
  const auto all = measure_limits(1, kQuick);
  ASSERT_TRUE(all) << all.error().message();
  size_t before = 0;
  for (const Isa level : supported_isas()) {
    ProbeOptions options = kQuick;
    options.level = level;
    const auto limits = measure_limits(1, options);
    ASSERT_TRUE(limits) << limits.error().message();
    EXPECT_EQ(limits->int8.empty(), level == Isa::kScalar) << isa_name(level);
    EXPECT_GE(limits->int8.size(), before) << isa_name(level);
    before = limits->int8.size();
  }
  EXPECT_EQ(before, all->int8.size());
}

TEST(Machine, ABufferThatDoesNotFitIsAnError) {
  const auto limits = measure_limits(1, {.read_bytes = uint64_t{1} << 62});
  ASSERT_FALSE(limits);
  EXPECT_EQ(limits.error().code(), ErrorCode::kOutOfMemory);
}

}  // namespace
}  // namespace tern
