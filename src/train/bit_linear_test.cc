#include "train/bit_linear.h"

#include "kernels/act_quant/act_quant.h"
#include "ternary/absmean.h"
#include "train/cpu/norm_linears.h"
#include "train/testing.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

class BitLinears : public WithKernels {};

struct Quantized {
  std::vector<int8_t> q;
  float a;
};

/// One row by the scalar definition.
Quantized quantize_row(const float* x, int64_t n) {
  Quantized row{std::vector<int8_t>(static_cast<size_t>(n)), 0};
  int32_t sum;
  EXPECT_EQ(act_quant_f32_i8_scalar(x, n, row.q.data(), n, &row.a, &sum), 0);
  return row;
}

// Forward, input and weight gradient against sums over the definition's own trits and int8: exact, or within
// rounding.
TEST_F(BitLinears, AreTheDefinitionAndStraightThrough) {
  TERN_TRACE_SEED();
  Random random(1);
  for (const auto& [tokens, out, in] :
       {std::array<int64_t, 3>{1, 16, 16}, {5, 30, 50}, {70, 48, 130}, {33, 7, 300}}) {
    SCOPED_TRACE(fmt::format("{} x {} x {}", tokens, out, in));
    const LoneParameter weight(random_tensor(random, {out, in}));
    const LoneParameter norm(random_tensor(random, {in}), TensorRole::kNorm);
    BitLinear linear(weight.parameter, LinearMode::kTernary);
    ASSERT_TRUE(linear.prepare(1));
    const at::Tensor x = random_tensor(random, {tokens, in}).set_requires_grad(true);
    const BitLinear* one = &linear;
    const at::Tensor y = record(std::make_shared<NormLinears>(true, 1e-5f, std::span(&one, 1)),
                                {x, norm.parameter.value, weight.parameter.value})[0];
    const at::Tensor dy = random_tensor(random, {tokens, out});
    torch::autograd::backward({y}, {dy});

    const at::Tensor h = Norm(1e-5f).forward({x.detach(), norm.parameter.value.detach()}, false)[0];
    const std::vector<float> w = floats_of(weight.parameter.value);
    const float ws = absmean_scale(w).value();
    EXPECT_EQ(linear.scale(), ws);
    std::vector<int8_t> trits(w.size());
    absmean_quantize(w, ws, trits.data());
    std::vector<double> of_weight(w.size()), of_weight_size(w.size());
    for (int64_t t = 0; t < tokens; ++t) {
      const Quantized row = quantize_row(h.data_ptr<float>() + t * in, in);
      for (int64_t n = 0; n < out; ++n) {
        int32_t acc = 0;
        const float grad = dy.data_ptr<float>()[t * out + n];
        for (int64_t k = 0; k < in; ++k) {
          const auto at = static_cast<size_t>(n * in + k);
          acc += trits[at] * row.q[static_cast<size_t>(k)];
          const double term = double{grad} * row.q[static_cast<size_t>(k)] / double{row.a};
          of_weight[at] += term;
          of_weight_size[at] += std::fabs(term);
        }
        ASSERT_EQ(y.data_ptr<float>()[t * out + n], static_cast<float>(acc) / row.a * ws);
      }
    }
    for (size_t i = 0; i < w.size(); ++i) {
      // A sum of `tokens` products in any order, each of a quotient that was rounded.
      EXPECT_NEAR(floats_of(weight.grad())[i], of_weight[i],
                  tern::testing::kEpsilon * (static_cast<double>(tokens) + 3) * of_weight_size[i]);
    }
  }
}

class TritCounting : public WithKernels, public ::testing::WithParamInterface<LinearMode> {};
INSTANTIATE_TEST_SUITE_P(Modes, TritCounting, ::testing::Values(LinearMode::kTernary, LinearMode::kBlend));

TEST_P(TritCounting, CountsTritsAndFlips) {
  TERN_TRACE_SEED();
  Random random(2);
  const LoneParameter weight(random_tensor(random, {37, 53}));
  BitLinear linear(weight.parameter, GetParam());
  const auto trits = [&] {
    const std::vector<float> w = floats_of(weight.parameter.value);
    std::vector<int8_t> result(w.size());
    absmean_quantize(w, absmean_scale(w).value(), result.data());
    return result;
  };
  ASSERT_TRUE(linear.prepare(1));
  EXPECT_EQ(linear.counts().flipped, 0);  // there was nothing before
  const std::vector<int8_t> before = trits();
  weight.parameter.value.data_ptr<float>()[0] *= -1;
  weight.parameter.value.data_ptr<float>()[37 * 53 - 1] += 1.5f;
  ASSERT_TRUE(linear.prepare(1));
  const std::vector<int8_t> after = trits();
  TritCounts expected;
  for (size_t i = 0; i < after.size(); ++i) {
    expected.negative += after[i] < 0;
    expected.zero += after[i] == 0;
    expected.positive += after[i] > 0;
    expected.flipped += after[i] != before[i];
  }
  EXPECT_GT(expected.flipped, 0);
  EXPECT_EQ(linear.counts().negative, expected.negative);
  EXPECT_EQ(linear.counts().zero, expected.zero);
  EXPECT_EQ(linear.counts().positive, expected.positive);
  EXPECT_EQ(linear.counts().flipped, expected.flipped);
}

TEST_F(BitLinears, WeightsThatAreNotFiniteAreNamed) {
  Random random(3);
  const LoneParameter weight(random_tensor(random, {4, 4}));
  weight.parameter.value.data_ptr<float>()[3] = std::numeric_limits<float>::infinity();
  for (const LinearMode mode : {LinearMode::kTernary, LinearMode::kBlend}) {
    std::vector<BitLinear> linears;
    linears.emplace_back(weight.parameter, mode);
    const Status status = prepare_all(linears, 0.5f);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kNonFinite);
    EXPECT_TRUE(status.error().message().starts_with("lone: ")) << status.error().message();
  }
}

TEST_F(BitLinears, ARowThatIsNotFiniteGivesNaN) {
  Random random(4);
  const at::Tensor x = random_tensor(random, {3, 20});
  x.data_ptr<float>()[25] = std::numeric_limits<float>::infinity();
  const QuantizedRows rows = NormedRows({x}, at::ones({20}), 1e-5f).quantized();
  const LoneParameter weight(random_tensor(random, {5, 20}));
  BitLinear linear(weight.parameter, LinearMode::kTernary);
  ASSERT_TRUE(linear.prepare(1));
  const at::Tensor y = at::empty({3, 5}, at::kFloat);
  linear.multiply(rows, y);
  EXPECT_FALSE(y.isnan().select(0, 0).any().item<bool>());
  EXPECT_TRUE(y.isnan().select(0, 1).all().item<bool>());
  EXPECT_FALSE(y.isnan().select(0, 2).any().item<bool>());
}

}  // namespace
}  // namespace tern::train
