#include "kernels/act_quant/act_quant.h"

#include <numeric>

#include "kernels/testing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernActQuantFn>> kRowLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_BLOCKS(name, min_isa)
#include "kernels/act_quant/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_BLOCKS
};
const std::vector<Kernel<TernActQuantBlocksFn>> kBlockLines = {
#define TERN_KERNEL(name, min_isa)
#define TERN_KERNEL_BLOCKS(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/act_quant/kernels.inc"
#undef TERN_KERNEL
#undef TERN_KERNEL_BLOCKS
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr int8_t kPoisonByte = 99;

struct Row {
  int32_t status = 0;
  std::vector<int8_t> q;
  std::vector<float> scale;
  std::vector<int32_t> sum;
  bool operator==(const Row&) const = default;
};

Row quantize_row(TernActQuantFn kernel, const std::vector<float>& x, size_t padded) {
  Row row{0, std::vector<int8_t>(padded + 8, kPoisonByte), {0}, {0}};
  row.status = kernel(x.data(), static_cast<int64_t>(x.size()), row.q.data(), static_cast<int64_t>(padded),
                      row.scale.data(), row.sum.data());
  return row;
}

Row quantize_blocks(TernActQuantBlocksFn kernel, const std::vector<float>& x) {
  const size_t blocks = x.size() / 32;
  Row row{0, std::vector<int8_t>(x.size() + 8, kPoisonByte), std::vector<float>(blocks),
          std::vector<int32_t>(blocks)};
  row.status =
      kernel(x.data(), static_cast<int64_t>(x.size()), row.q.data(), row.scale.data(), row.sum.data());
  return row;
}

TEST(ActQuant, RoundsHalfToEven) {
  for (const auto& kernel : runnable(kRowLines)) {
    // absmax 127: a is 1.
    const Row row =
        quantize_row(kernel.function, {127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, -126.5, -127}, 16);
    EXPECT_EQ(row.scale[0], 1.0f);
    const std::vector<int8_t> expected = {127, 0, 2, 2, 0, -2, -2, 126, -126, -127, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(std::vector<int8_t>(row.q.begin(), row.q.begin() + 16), expected) << kernel.name;
    EXPECT_EQ(row.q[16], kPoisonByte);
    EXPECT_EQ(row.sum[0], 0);
  }
}

TEST(ActQuant, SmallRowsDivideByTheFloorOfAbsmax) {
  for (const auto& kernel : runnable(kRowLines)) {
    const Row zero = quantize_row(kernel.function, std::vector<float>(40), 128);
    EXPECT_EQ(zero.scale[0], 127.0f / 1e-5f);
    EXPECT_EQ(std::accumulate(zero.q.begin(), zero.q.begin() + 128, 0), 0);
    const Row half = quantize_row(kernel.function, {5e-6f}, 128);
    EXPECT_EQ(half.scale[0], 127.0f / 1e-5f);
    EXPECT_NEAR(half.q[0], 63.5, 0.5);
  }
}

TEST(ActQuant, ReportsNanAndInfinityAnywhere) {
  for (const auto& kernel : runnable(kRowLines)) {
    for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
      for (size_t at = 0; at < 75; ++at) {
        std::vector<float> x(75, 1.0f);
        x[at] = bad;
        EXPECT_EQ(quantize_row(kernel.function, x, 128).status, 1) << kernel.name << " at " << at;
      }
    }
    EXPECT_EQ(quantize_row(kernel.function, {std::numeric_limits<float>::max()}, 128).status, 0);
  }
  for (const auto& kernel : runnable(kBlockLines)) {
    for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
      for (size_t at = 0; at < 96; ++at) {
        std::vector<float> x(96, 1.0f);
        x[at] = bad;
        EXPECT_EQ(quantize_blocks(kernel.function, x).status, 1) << kernel.name << " at " << at;
      }
    }
  }
}

TEST(ActQuant, GreatestElementBecomes127AndTheRestStaysWithinHalfAStep) {
  TERN_TRACE_SEED();
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    const std::vector<float> x = random.normal_vector(random.integer(1, 300));
    const Row row = quantize_row(act_quant_f32_i8_scalar, x, 384);
    float absmax = 0;
    for (const float value : x) absmax = std::max(absmax, std::fabs(value));
    int32_t sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      sum += row.q[i];
      if (std::fabs(x[i]) == absmax) {
        EXPECT_EQ(row.q[i], x[i] > 0 ? 127 : -127);
      }
      // a and the product round once each: 127 * 2 eps.
      EXPECT_LE(std::fabs(double{x[i]} * 127.0 / absmax - row.q[i]), 0.5 + 254 * kEpsilon);
    }
    EXPECT_EQ(row.sum[0], sum);
  }
}

TEST(ActQuant, BlocksHaveTheirOwnStep) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kBlockLines)) {
    std::vector<float> x = random.normal_vector(128);
    std::fill(x.begin() + 32, x.begin() + 64, 0.0f);
    std::fill(x.begin() + 64, x.begin() + 96, 1e-41f);  // 127 / absmax overflows: counts as zero
    const Row row = quantize_blocks(kernel.function, x);
    ASSERT_EQ(row.status, 0);
    for (const size_t block : {1u, 2u}) {
      EXPECT_EQ(std::bit_cast<uint32_t>(row.scale[block]), 0u) << kernel.name;
      EXPECT_EQ(row.sum[block], 0);
      for (size_t i = 0; i < 32; ++i) EXPECT_EQ(row.q[32 * block + i], 0);
    }
    for (const size_t block : {0u, 3u}) {
      int32_t sum = 0;
      for (size_t i = 32 * block; i < 32 * block + 32; ++i) {
        sum += row.q[i];
        EXPECT_LE(std::fabs(double{x[i]} - double{row.scale[block]} * row.q[i]),
                  row.scale[block] * (0.5 + 1e-4));
      }
      EXPECT_EQ(row.sum[block], sum);
    }
  }
}

TEST(ActQuant, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(3);
  std::vector<std::vector<float>> rows;
  for (int64_t k = 1; k <= 140; ++k) rows.push_back(random.nasty_vector(k));
  for (int64_t k = 1; k <= 140; ++k) rows.push_back(random.normal_vector(k));
  rows.push_back(random.normal_vector(2560));
  for (const float scale : {1e-6f, 1e-38f, 1e-42f, 1e30f}) {
    rows.push_back(random.normal_vector(160));
    for (float& value : rows.back()) value *= scale;
  }
  rows.emplace_back(64, std::numeric_limits<float>::max());
  rows.emplace_back(64, -std::numeric_limits<float>::max());
  rows.emplace_back(64, std::numeric_limits<float>::denorm_min());
  // Exact halves of a step: absmax 127.
  rows.emplace_back();
  for (int i = 0; i < 256; ++i) rows.back().push_back(static_cast<float>(i - 127) - 0.5f);
  rows.back()[0] = -127;
  rows.back().back() = 127;
  for (const std::vector<float>& x : rows) {
    const size_t padded = (x.size() + 127) / 128 * 128;
    const Row expected = quantize_row(act_quant_f32_i8_scalar, x, padded);
    for (const auto& kernel : runnable(kRowLines)) {
      EXPECT_EQ(quantize_row(kernel.function, x, padded), expected) << kernel.name << ", k " << x.size();
    }
    const std::vector<float> whole(x.begin(), x.begin() + static_cast<int64_t>(x.size() / 32 * 32));
    const Row expected_blocks = quantize_blocks(act_quant_blocks_f32_i8_scalar, whole);
    for (const auto& kernel : runnable(kBlockLines)) {
      EXPECT_EQ(quantize_blocks(kernel.function, whole), expected_blocks)
          << kernel.name << ", k " << whole.size();
    }
  }
}

}  // namespace
}  // namespace tern::testing
