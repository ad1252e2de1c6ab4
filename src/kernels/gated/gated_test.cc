#include "kernels/gated/gated.h"

#include "kernels/exp.h"
#include "kernels/testing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernGatedFn>> kRelu2Lines = {
#define TERN_KERNEL_RELU2(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_SWIGLU(name, min_isa)
#define TERN_KERNEL_GEGLU(name, min_isa)
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_KERNEL_GEGLU
};
const std::vector<Kernel<TernGatedFn>> kSwigluLines = {
#define TERN_KERNEL_RELU2(name, min_isa)
#define TERN_KERNEL_SWIGLU(name, min_isa) {#name, Isa::min_isa, name},
#define TERN_KERNEL_GEGLU(name, min_isa)
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_KERNEL_GEGLU
};
const std::vector<Kernel<TernGatedFn>> kGegluLines = {
#define TERN_KERNEL_RELU2(name, min_isa)
#define TERN_KERNEL_SWIGLU(name, min_isa)
#define TERN_KERNEL_GEGLU(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/gated/kernels.inc"
#undef TERN_KERNEL_RELU2
#undef TERN_KERNEL_SWIGLU
#undef TERN_KERNEL_GEGLU
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> run(TernGatedFn kernel, const std::vector<float>& gate, const std::vector<float>& up) {
  std::vector<float> h(gate.size() + 1, kPoison);
  kernel(gate.data(), up.data(), static_cast<int64_t>(gate.size()), h.data());
  return h;
}

TEST(Relu2, ClosedGateIsPlusZeroWhateverUpHolds) {
  for (const auto& kernel : runnable(kRelu2Lines)) {
    for (const float gate : {0.0f, -0.0f, -1.0f, -kInfinity, -1e-45f}) {
      for (const float up : {1.0f, -1.0f, kInfinity, -kInfinity, kNan}) {
        const std::vector<float> h =
            run(kernel.function, std::vector<float>(9, gate), std::vector<float>(9, up));
        for (size_t i = 0; i < 9; ++i) {  // eight lanes and a tail
          EXPECT_EQ(std::bit_cast<uint32_t>(h[i]), 0u) << kernel.name << ": gate " << gate << ", up " << up;
        }
      }
    }
  }
}

TEST(Relu2, OpenGateMultipliesAndNanPropagates) {
  for (const auto& kernel : runnable(kRelu2Lines)) {
    const std::vector<float> h = run(kernel.function, {3, kNan, -kNan, kInfinity, 1e-45f, 2, 3, 3, 3, kNan},
                                     {-2, 1, 0, 2, 1, kNan, 1, 1, 0.5, 1});
    EXPECT_EQ(h[0], -18.0f);
    EXPECT_TRUE(std::isnan(h[1]) && std::isnan(h[2]) && std::isnan(h[5]) && std::isnan(h[9])) << kernel.name;
    EXPECT_EQ(h[3], kInfinity);
    EXPECT_EQ(h[4], 0.0f);
    EXPECT_EQ(h[8], 4.5f);
    EXPECT_EQ(h[10], kPoison);
  }
}

TEST(Swiglu, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const float gate = random.normal() * 8, up = random.normal();
    float h;
    swiglu_f32_scalar(&gate, &up, 1, &h);
    const double expected = gate / (1 + std::exp(-double{gate})) * up;
    // exp within 2 ulp (4 eps), then a sum, a quotient and a product.
    EXPECT_NEAR(h, expected, std::fabs(expected) * 7 * kEpsilon) << gate;
  }
}

TEST(Geglu, ScalarAgreesWithDouble) {
  TERN_TRACE_SEED();
  Random random(3);
  for (int i = 0; i < 4000; ++i) {
    const float gate = random.normal() * 4, up = random.normal();
    float h;
    geglu_f32_scalar(&gate, &up, 1, &h);
    const double x = gate, u = std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x);
    const double expected = 0.5 * x * (1 + std::tanh(u)) * up;
    // 2u has four roundings, its constants' included, 2 eps together; exp(-2u) has them 2|u| times, and its
    // own 2 ulp. Where 1 + exp(-2u) is near 1 they count for little: the bound is that of a closed gate. Then
    // as SwiGLU. The formula above loses what is below 1 in 1 + tanh(u): a double's eps of x.
    const double bound =
        std::fabs(expected) * (7 + 4 * std::fabs(u)) * kEpsilon + std::fabs(x * up) * 0x1p-50;
    EXPECT_NEAR(h, expected, bound) << gate;
  }
}

TEST(Geglu, FarGatesAreClosedOrOpen) {
  for (const auto& kernel : runnable(kGegluLines)) {
    const std::vector<float> h =
        run(kernel.function, {-30, -1e20f, 30, 1e20f, 0, -0.0f, kNan, 1}, {1, 1, 2, 1, 5, 5, 1, kNan});
    EXPECT_EQ(h[0], 0.0f) << kernel.name;
    EXPECT_EQ(h[1], 0.0f) << kernel.name;
    EXPECT_EQ(h[2], 60.0f) << kernel.name;
    EXPECT_EQ(h[3], 1e20f) << kernel.name;
    EXPECT_EQ(h[4], 0.0f) << kernel.name;
    EXPECT_EQ(h[5], 0.0f) << kernel.name;
    EXPECT_TRUE(std::isnan(h[6]) && std::isnan(h[7])) << kernel.name;
  }
}

TEST(Gated, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  const auto check = [&](const std::vector<Kernel<TernGatedFn>>& lines, const std::vector<float>& gate,
                         const std::vector<float>& up) {
    const std::vector<float> expected = run(lines.front().function, gate, up);
    for (const auto& kernel : runnable(lines)) {
      expect_same_bits(expected, run(kernel.function, gate, up), kernel.name);
      std::vector<float> in_place = gate;
      kernel.function(in_place.data(), up.data(), static_cast<int64_t>(gate.size()), in_place.data());
      in_place.push_back(kPoison);
      expect_same_bits(expected, in_place, kernel.name);
    }
  };
  for (int64_t n = 1; n <= 40; ++n) {
    const std::vector<float> gate = random.nasty_vector(n), up = random.nasty_vector(n);
    for (const auto* lines : {&kRelu2Lines, &kSwigluLines, &kGegluLines}) check(*lines, gate, up);
  }
  // Gates of every bit pattern, in strides: exp at and beyond its cutoffs, NaNs, infinities, denormals.
  std::vector<float> gate, up;
  for (uint64_t bits = random.bits() % 4099; bits <= 0xffffffffu; bits += 16411) {
    gate.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    up.push_back(random.nasty());
  }
  for (const float edge : {87.0f, 88.7f, -87.0f, -88.7f}) {
    for (const float value : {std::nextafter(edge, 0.0f), edge, std::nextafter(edge, 2 * edge)}) {
      gate.push_back(value);
      up.push_back(1.0f);
    }
  }
  for (const auto* lines : {&kRelu2Lines, &kSwigluLines, &kGegluLines}) check(*lines, gate, up);
}

}  // namespace
}  // namespace tern::testing
