#include "train/distill.h"

#include "train/cpu/cpu_ops.h"
#include "train/testing.h"
#include "train/torch_ops.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

constexpr int64_t kRows = 300;  // more than the rows whose logits exist at once, and than a relation's tile
constexpr int64_t kVocab = 77, kOwn = 24, kOther = 40;
const Segments kSegments = {{{0, 9}, {9, 1}, {12, 170}, {182, 100}}};  // padding between them and at the end
// Float sums of some hundred terms, against double.
constexpr double kRounding = 2e-5;

class Distillation : public WithKernels {
 protected:
  Distillation() {
    for (int64_t t = 0; t < kRows; t += 3) targets_.data_ptr<int64_t>()[t] = -1;
  }
  Random random_{5};
  at::Tensor h_ = random_tensor(random_, {kRows, kOwn}), teacher_h_ = random_tensor(random_, {kRows, kOther});
  LoneParameter table_{random_tensor(random_, {kVocab, kOwn})};
  LoneParameter teacher_{random_tensor(random_, {kVocab, kOther})};
  at::Tensor targets_ = random_ids(random_, kRows, kVocab);
  at::Tensor weights_ = random_tensor(random_, {kRows}).abs();
};

// The plain formula in double, by autograd.
TEST_F(Distillation, LogitsAreThePlainFormula) {
  const double temperature = 2.5, weight = 0.7;
  const at::Tensor h = h_.to(at::kDouble).set_requires_grad(true),
                   table = table_.parameter.value.detach().to(at::kDouble).set_requires_grad(true);
  const at::Tensor logits = at::matmul(h, table.t());
  const at::Tensor wanted =
      at::matmul(teacher_h_.to(at::kDouble), teacher_.parameter.value.detach().to(at::kDouble).t());
  const at::Tensor asked = (targets_ >= 0).to(at::kDouble);
  const at::Tensor nll =
      -logits.log_softmax(-1).gather(1, targets_.clamp_min(0).unsqueeze(1)).squeeze(1) * asked;
  const at::Tensor kl = at::kl_div((logits / temperature).log_softmax(-1),
                                   (wanted / temperature).log_softmax(-1), at::Reduction::None, true)
                            .sum(-1) *
                        asked;
  const at::Tensor loss = ((nll + weight * kl) * weights_.to(at::kDouble)).sum();
  torch::autograd::backward({loss});

  CpuOps cpu;
  TorchOps torch;
  for (Ops* ops : {static_cast<Ops*>(&cpu), static_cast<Ops*>(&torch)}) {
    const at::Tensor x = h_.clone().set_requires_grad(true);
    table_.grad().zero_();
    const SoftTargets soft{teacher_h_, teacher_.parameter, temperature, weight};
    const DistilledNll actual = ops->distilled_nll(x, table_.parameter, targets_, weights_, soft);
    torch::autograd::backward({actual.loss});
    EXPECT_NEAR(actual.loss.item<double>(), loss.item<double>(), kRounding * loss.item<double>());
    EXPECT_NEAR(actual.nll, nll.sum().item<double>(), kRounding * actual.nll);
    EXPECT_NEAR(actual.divergence, kl.sum().item<double>(), kRounding * actual.divergence);
    EXPECT_LT(distance(x.grad(), h.grad()), kRounding);
    EXPECT_LT(distance(table_.grad(), table.grad()), kRounding);
    EXPECT_EQ(teacher_.grad().abs().max().item<float>(), 0);

    const at::NoGradGuard no_grad;
    const DistilledNll asked_only = ops->distilled_nll(h_, table_.parameter, targets_, weights_, soft);
    EXPECT_EQ(asked_only.loss.item<double>(), actual.loss.item<double>());
  }
}

TEST_F(Distillation, ATeacherThatAgreesAddsNothing) {
  CpuOps ops;
  const at::Tensor x = h_.clone().set_requires_grad(true);
  const SoftTargets same{h_, table_.parameter, 3, 100};
  const DistilledNll with = ops.distilled_nll(x, table_.parameter, targets_, weights_, same);
  torch::autograd::backward({with.loss});
  EXPECT_NEAR(with.divergence, 0, 1e-9);
  const at::Tensor alone = h_.clone().set_requires_grad(true);
  const at::Tensor nll = ops.weighted_nll(alone, table_.parameter, targets_, weights_);
  torch::autograd::backward({nll});
  EXPECT_NEAR(with.loss.item<double>(), nll.item<double>(), 1e-6 * nll.item<double>());
  EXPECT_LT(distance(x.grad(), alone.grad()), 1e-6);
}

TEST_F(Distillation, RelationsAreThePlainFormula) {
  const int64_t heads = 4;
  const at::Tensor x = h_.to(at::kDouble).set_requires_grad(true), y = teacher_h_.to(at::kDouble);
  weights_.narrow(0, 0, 9).zero_();  // a document that does not count
  at::Tensor loss = at::zeros({}, at::kDouble);
  for (const Segments::Part& part : kSegments.parts) {
    for (int64_t head = 0; head < heads; ++head) {
      const auto relation = [&](const at::Tensor& all) {
        const int64_t d = all.size(1) / heads;
        const at::Tensor piece = all.narrow(0, part.begin, part.length).narrow(1, head * d, d);
        return (at::matmul(piece, piece.t()) / std::sqrt(static_cast<double>(d))).log_softmax(-1);
      };
      const at::Tensor kl = at::kl_div(relation(x), relation(y), at::Reduction::None, true).sum(-1);
      loss = loss + (kl * weights_.narrow(0, part.begin, part.length).to(at::kDouble)).sum() / heads;
    }
  }
  const at::Tensor scaled = loss * 3;
  torch::autograd::backward({scaled});

  CpuOps cpu;
  TorchOps torch;
  for (Ops* ops : {static_cast<Ops*>(&cpu), static_cast<Ops*>(&torch)}) {
    const at::Tensor own = h_.clone().set_requires_grad(true);
    const at::Tensor actual = ops->relation_divergence(own, teacher_h_, kSegments, heads, weights_);
    const at::Tensor thrice = actual * 3;  // its derivative need not be taken with 1
    torch::autograd::backward({thrice});
    EXPECT_NEAR(actual.item<double>(), loss.item<double>(), kRounding * loss.item<double>());
    EXPECT_LT(distance(own.grad(), x.grad()), kRounding);
    EXPECT_EQ(own.grad().narrow(0, 0, 9).abs().max().item<float>(), 0);
    EXPECT_EQ(own.grad().narrow(0, 10, 2).abs().max().item<float>(), 0);  // padding
  }
}

/// A student and a teacher of another shape, SwiGLU and three layers.
class DistillObjectives : public WithKernels {
 protected:
  DistillObjectives() {
    other_.hidden = 30;
    other_.heads = 6;
    other_.kv_heads = 2;
    other_.head_dim = 6;
    other_.layers = 3;
    other_.arch = other_.source_arch = "llama";
    other_.activation = Activation::kSwiglu;
    other_.sub_norms = false;
    make_lively(parameters_, 3);
    frozen_.masters().copy_(random_tensor(random_, {frozen_.size()}) * 0.3);
    frozen_.refresh();
    teacher_ = make_module(other_, frozen_, teacher_ops_, {LinearMode::kDense, false}).value();
    EXPECT_TRUE(teacher_->prepare(1));
    batch_ = {
        .rows = 1, .row_tokens = 30, .ids = {}, .targets = {}, .positions = {}, .segments = {}, .parts = {}};
    for (int i = 0; i < 30; ++i) {
      batch_.ids.push_back(static_cast<int32_t>(random_.integer(0, config_.vocab - 1)));
      batch_.targets.push_back(i % 4 == 1 ? -1 : static_cast<int32_t>(random_.integer(0, config_.vocab - 1)));
    }
    batch_.parts = {{0, 0, 13, 0, 0}, {0, 13, 12, 0, 1}};
    for (int i = 25; i < 30; ++i) batch_.targets[static_cast<size_t>(i)] = -1;
  }

  /// Gradients of one pass.
  std::pair<StepSums, at::Tensor> run(Ops& ops, const DistillRecipe& recipe, const ModuleOptions& options) {
    const auto module = make_module(config_, parameters_, ops, options).value();
    EXPECT_TRUE(module->prepare(1));
    const auto objective = DistillObjective::create(recipe, config_, other_, *teacher_).value();
    parameters_.grads().zero_();
    const StepSums sums = objective->run(*module, batch_, 0.25).value();
    return {sums, parameters_.grads().clone()};
  }

  Random random_{7};
  ModelConfig config_ = tiny_config(), other_ = tiny_config();
  Parameters parameters_{table_of(config_), at::kCPU};
  Parameters frozen_{[&] {
                       ModelConfig shape = tiny_config();
                       shape.hidden = 30;
                       shape.heads = 6;
                       shape.head_dim = 6;
                       shape.layers = 3;
                       shape.arch = "llama";
                       shape.sub_norms = false;
                       return table_of(shape);
                     }(),
                     at::kCPU, true};
  CpuOps cpu_, teacher_ops_;
  std::unique_ptr<Module> teacher_;
  Batch batch_;
};

const DistillRecipe kAll{
    .teacher = "", .logits = 0.5, .temperature = 2, .attention = 3, .attention_layer = 1};

TEST_F(DistillObjectives, CpuIsTorch) {
  TorchOps torch;
  for (const double logits : {0.5, 0.0}) {
    DistillRecipe recipe = kAll;
    recipe.logits = logits;
    const auto [sums, grads] = run(cpu_, recipe, {LinearMode::kDense, false});
    const auto [expected, wanted] = run(torch, recipe, {LinearMode::kDense, false});
    EXPECT_NEAR(sums.loss, expected.loss, 1e-4 * expected.loss);
    EXPECT_NEAR(sums.divergence, expected.divergence, 1e-4 * expected.divergence);
    EXPECT_NEAR(sums.relation, expected.relation, 1e-4 * expected.relation);
    EXPECT_GT(sums.relation, 0);
    EXPECT_EQ(sums.divergence > 0, logits > 0);
    EXPECT_LT(distance(grads, wanted), 1e-4);
  }
}

// Each part has a gradient of its own: they add up.
TEST_F(DistillObjectives, PartsAddUp) {
  const ModuleOptions dense{LinearMode::kDense, false};
  DistillRecipe logits = kAll, attention = kAll;
  logits.attention = 0;
  attention.logits = 0;
  const at::Tensor all = run(cpu_, kAll, dense).second, a = run(cpu_, logits, dense).second,
                   b = run(cpu_, attention, dense).second;
  const auto module = make_module(config_, parameters_, cpu_, dense).value();
  ASSERT_TRUE(module->prepare(1));
  parameters_.grads().zero_();
  ASSERT_TRUE(LanguageModelObjective().run(*module, batch_, 0.25));
  const at::Tensor nll = parameters_.grads().clone();
  EXPECT_LT(distance(a + b - nll, all), 1e-5);
  EXPECT_GT(distance(a, nll), 1e-3);
  EXPECT_GT(distance(b, nll), 1e-3);
}

TEST_F(DistillObjectives, ComputedAgainIsTheSame) {
  const auto [sums, grads] = run(cpu_, kAll, {LinearMode::kTernary, false});
  const auto [again, same] = run(cpu_, kAll, {LinearMode::kTernary, true});
  EXPECT_EQ(sums.relation, again.relation);
  EXPECT_TRUE(at::equal(grads, same));
}

TEST_F(DistillObjectives, TheTeacherStaysAsItIs) {
  const at::Tensor before = frozen_.values().clone();
  run(cpu_, kAll, {});
  EXPECT_TRUE(at::equal(frozen_.values(), before));
  EXPECT_FALSE(frozen_.grads().defined());
}

TEST_F(DistillObjectives, WhatDoesNotFitIsNamed) {
  const auto error_of = [&](const DistillRecipe& recipe) {
    const auto made = DistillObjective::create(recipe, config_, other_, *teacher_);
    return made ? std::string("none") : made.error().message();
  };
  DistillRecipe recipe = kAll;
  recipe.attention_layer = 2;
  EXPECT_NE(error_of(recipe).find("distill.attention_layer"), std::string::npos);
  recipe = kAll;
  recipe.teacher_layer = 3;
  EXPECT_NE(error_of(recipe).find("distill.teacher_layer"), std::string::npos);
  recipe = kAll;
  recipe.relation_heads = 5;
  EXPECT_NE(error_of(recipe).find("distill.relation_heads: 5 do not divide"), std::string::npos);
  EXPECT_EQ(error_of(kAll), "none");
}

}  // namespace
}  // namespace tern::train
