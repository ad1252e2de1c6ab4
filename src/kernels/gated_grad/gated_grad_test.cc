#include "kernels/gated_grad/gated_grad.h"

#include "kernels/testing.h"

namespace tern::testing {
namespace {

const std::vector<Kernel<TernGatedGradFn>> kLines = {
#define TERN_KERNEL(name, min_isa) {#name, Isa::min_isa, name},
#include "kernels/gated_grad/kernels.inc"
#undef TERN_KERNEL
};

TEST(Relu2Grad, ScalarAgreesWithTheDerivativeInDouble) {
  TERN_TRACE_SEED();
  Random random(1);
  const std::vector<float> gate = random.normal_vector(200), up = random.normal_vector(200),
                           dh = random.normal_vector(200);
  std::vector<float> d_gate(200), d_up(200);
  relu2_grad_f32_scalar(gate.data(), up.data(), dh.data(), 200, d_gate.data(), d_up.data());
  for (size_t i = 0; i < 200; ++i) {
    const double g = std::max(0.0, double{gate[i]}), of_gate = 2 * g * up[i] * dh[i], of_up = g * g * dh[i];
    EXPECT_NEAR(d_gate[i], of_gate, std::fabs(of_gate) * 3 * kEpsilon);
    EXPECT_NEAR(d_up[i], of_up, std::fabs(of_up) * 3 * kEpsilon);
  }
}

TEST(Relu2Grad, EveryKernelGivesTheBitsOfTheScalarOne) {
  TERN_TRACE_SEED();
  Random random(2);
  for (const auto& kernel : runnable(kLines)) {
    for (int64_t n = 1; n <= 40; ++n) {
      std::vector<float> gate = random.nasty_vector(n), up = random.nasty_vector(n),
                         dh = random.nasty_vector(n);
      if (n % 3 == 0) gate[0] = std::numeric_limits<float>::quiet_NaN();
      std::vector<float> d_gate(gate.size()), d_up(gate.size());
      relu2_grad_f32_scalar(gate.data(), up.data(), dh.data(), n, d_gate.data(), d_up.data());
      kernel.function(gate.data(), up.data(), dh.data(), n, gate.data(), up.data());  // in place
      expect_same_bits(d_gate, gate, kernel.name);
      expect_same_bits(d_up, up, kernel.name);
    }
  }
}

}  // namespace
}  // namespace tern::testing
