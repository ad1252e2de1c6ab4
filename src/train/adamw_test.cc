#include "train/adamw.h"

#include "train/testing.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

// In double, by the formulas of the paper.
TEST(AdamWSteps, AgreeWithTheFormulas) {
  TERN_TRACE_SEED();
  Parameters parameters(table_of(tiny_config()), at::kCPU);
  make_lively(parameters, 1);
  AdamW optimizer(parameters, {}, 0, parameters.size());
  const auto size = static_cast<size_t>(parameters.size());
  std::vector<double> p(size), m(size), v(size);
  for (size_t i = 0; i < size; ++i) p[i] = parameters.masters().data_ptr<float>()[i];
  Random random(2);
  const double rate = 1e-2, decay = 0.1, scale = 0.5;
  for (int step = 1; step <= 5; ++step) {
    for (size_t i = 0; i < size; ++i) parameters.grads().data_ptr<float>()[i] = random.normal();
    optimizer.step(rate, decay, scale);
    for (size_t i = 0; i < size; ++i) {
      const double g = double{parameters.grads().data_ptr<float>()[i]} * scale;
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.95 * v[i] + 0.05 * g * g;
      if (static_cast<int64_t>(i) < parameters.decayed()) p[i] -= rate * decay * p[i];
      p[i] -=
          rate * (m[i] / (1 - std::pow(0.9, step))) / (std::sqrt(v[i] / (1 - std::pow(0.95, step))) + 1e-8);
    }
  }
  for (size_t i = 0; i < size; ++i) {
    // Each step rounds the master a few times, and what is taken off, some `rate` in size.
    ASSERT_NEAR(parameters.masters().data_ptr<float>()[i], p[i],
                5 * 8 * tern::testing::kEpsilon * (std::fabs(p[i]) + rate));
  }
}

TEST(AdamWSteps, OfShares) {
  Parameters whole(table_of(tiny_config()), at::kCPU), shared(table_of(tiny_config()), at::kCPU);
  make_lively(whole, 1);
  make_lively(shared, 1);
  AdamW one(whole, {}, 0, whole.size());
  const int64_t third = whole.size() / 3;
  AdamW a(shared, {}, 0, third), b(shared, {}, third, shared.size());
  Random random(3);
  for (int step = 0; step < 3; ++step) {
    const at::Tensor grads = random_tensor(random, {whole.size()});
    whole.grads().copy_(grads);
    shared.grads().copy_(grads);
    one.step(1e-3, 0.1, 1);
    a.step(1e-3, 0.1, 1);
    b.step(1e-3, 0.1, 1);
  }
  EXPECT_LT(distance(shared.masters(), whole.masters()), 1e-7);
}

}  // namespace
}  // namespace tern::train
