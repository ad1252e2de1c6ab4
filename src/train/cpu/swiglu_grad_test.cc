#include "train/cpu/swiglu_grad.h"

#include "kernels/dispatch.h"
#include "train/testing.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

class SwigluGrad : public WithKernels {};

// The plain formula by autograd, in double.
TEST_F(SwigluGrad, IsAutograds) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const int64_t n : {1, 7, 16, 333}) {
    const at::Tensor gate = random_tensor(random, {n}) * 5, up = random_tensor(random, {n}),
                     dh = random_tensor(random, {n});
    const at::Tensor g = gate.to(at::kDouble).set_requires_grad(true),
                     u = up.to(at::kDouble).set_requires_grad(true);
    const at::Tensor h = at::silu(g) * u;
    torch::autograd::backward({h}, {dh.to(at::kDouble)});
    const at::Tensor d_up = at::empty({n}), d_gate = dh.clone();
    swiglu_grad(gate.data_ptr<float>(), up.data_ptr<float>(), d_gate.data_ptr<float>(), n,
                d_gate.data_ptr<float>(), d_up.data_ptr<float>());
    // A dozen roundings, of terms as large as |gate|.
    const at::Tensor size = (1 + gate.abs()) * (1 + up.abs()) * dh.abs() * 12 * tern::testing::kEpsilon;
    EXPECT_TRUE(((d_gate - g.grad()).abs() <= size).all().item<bool>()) << n;
    EXPECT_TRUE(((d_up - u.grad()).abs() <= size).all().item<bool>()) << n;

    const at::Tensor forward = at::empty({n});
    kernels().swiglu(gate.data_ptr<float>(), up.data_ptr<float>(), n, forward.data_ptr<float>());
    EXPECT_LT(distance(forward, h), 1e-6);
  }
}

TEST_F(SwigluGrad, FarOutIsFlat) {
  const float gate[] = {-200, 200, 0}, up[] = {3, 3, 3}, dh[] = {1, 1, 1};
  float d_gate[3], d_up[3];
  swiglu_grad(gate, up, dh, 3, d_gate, d_up);
  EXPECT_EQ(d_gate[0], 0);
  EXPECT_EQ(d_up[0], 0);
  EXPECT_EQ(d_gate[1], 3);
  EXPECT_EQ(d_up[1], 200);
  EXPECT_EQ(d_gate[2], 1.5f);
  EXPECT_EQ(d_up[2], 0);
}

}  // namespace
}  // namespace tern::train
