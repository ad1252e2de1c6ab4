// CpuOps against TorchOps: the same model by kernels and hand-written derivatives, and by torch's autograd.
#include "train/ops.h"

#include "train/cpu/cpu_ops.h"
#include "train/operation.h"
#include "train/testing.h"
#include "train/torch_ops.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

class OpsAgree : public WithKernels {};

constexpr int64_t kRows = 40;
// Documents of several lengths, one of a single token, padding between them and at the end.
const Segments kSegments = {{{0, 9}, {9, 1}, {12, 17}, {29, 8}}};

/// Loss and gradients of a tiny model.
struct Outcome {
  double loss = 0;
  Tensors grads;
};

/// BitNet's block, Llama's, and the mixtures of both.
struct Block {
  Activation activation = Activation::kRelu2;
  bool sub_norms = true, tied_head = true;
};

ModelConfig config_of(const Block& block) {
  ModelConfig config = tiny_config();
  config.activation = block.activation;
  config.sub_norms = block.sub_norms;
  config.tied_head = block.tied_head;
  config.arch = config.source_arch = block.sub_norms ? "bitnet" : "llama";
  return config;
}

struct Case {
  Block block;
  LinearMode mode = LinearMode::kTernary;
  float lambda = 1;
  bool recompute = false;
  bool weighted = true;  ///< Ops::weighted_nll, else Ops::nll
};

Outcome run(Ops& ops, const Case& options) {
  const ModelConfig config = config_of(options.block);
  Parameters parameters(table_of(config), at::kCPU);
  make_lively(parameters, 5);
  const auto module = make_module(config, parameters, ops, {options.mode, options.recompute}).value();
  EXPECT_TRUE(module->prepare(options.lambda));
  Random random(6);
  const at::Tensor ids = random_ids(random, kRows, config.vocab),
                   targets = random_ids(random, kRows, config.vocab);
  const at::Tensor weights = random_tensor(random, {kRows}).abs();
  targets.data_ptr<int64_t>()[3] = -1;
  for (const int64_t padding : {10, 11, 37, 38, 39}) targets.data_ptr<int64_t>()[padding] = -1;
  const at::Tensor h = module->hidden(ids, kSegments);
  const at::Tensor loss = options.weighted ? ops.weighted_nll(h, module->head(), targets, weights)
                                           : (ops.nll(h, module->head(), targets) * weights).sum();
  torch::autograd::backward({loss});
  Outcome outcome{loss.item<double>(), {}};
  for (const Parameter& parameter : parameters.all()) outcome.grads.push_back(parameter.value.grad().clone());
  return outcome;
}

void expect_close(const Outcome& actual, const Outcome& expected, double tolerance, const Block& block = {}) {
  EXPECT_NEAR(actual.loss, expected.loss, std::fabs(expected.loss) * tolerance);
  const std::vector<TensorSpec> table = table_of(config_of(block));
  ASSERT_EQ(actual.grads.size(), expected.grads.size());
  for (size_t i = 0; i < table.size(); ++i) {
    EXPECT_GT(expected.grads[i].norm().item<double>(), 0) << table[i].name;
    EXPECT_LT(distance(actual.grads[i], expected.grads[i]), tolerance) << table[i].name;
  }
}

// Without quantization only roundings differ: sums of some 100 terms, through 2 layers and back, errors some
// 1e-7 each.
constexpr double kRounding = 2e-5;
// A norm whose last bit differs tips an int8 now and then, by 1/127 of a row's greatest.
constexpr double kFlips = 5e-3;

TEST_F(OpsAgree, Dense) {
  CpuOps cpu;
  TorchOps torch;
  const Case dense{.block = {}, .mode = LinearMode::kDense};
  expect_close(run(cpu, dense), run(torch, dense), kRounding);
}

TEST_F(OpsAgree, Ternary) {
  CpuOps cpu;
  TorchOps torch;
  expect_close(run(cpu, {}), run(torch, {}), kFlips);
}

TEST_F(OpsAgree, OnOtherBlocks) {
  for (const Activation activation : {Activation::kRelu2, Activation::kSwiglu}) {
    for (const bool sub_norms : {true, false}) {
      const Block block{activation, sub_norms, false};
      SCOPED_TRACE(fmt::format("{}, sub-norms {}", activation_name(activation), sub_norms));
      CpuOps cpu;
      TorchOps torch;
      for (const auto& [mode, tolerance] :
           {std::pair(LinearMode::kDense, kRounding), std::pair(LinearMode::kTernary, kFlips),
            std::pair(LinearMode::kBlend, kFlips)}) {
        const Case options{.block = block, .mode = mode, .lambda = 0.5f};
        expect_close(run(cpu, options), run(torch, options), tolerance, block);
      }
      const Outcome kept = run(cpu, {.block = block}), again = run(cpu, {.block = block, .recompute = true});
      for (size_t i = 0; i < kept.grads.size(); ++i) EXPECT_TRUE(at::equal(kept.grads[i], again.grads[i]));
    }
  }
}

TEST_F(OpsAgree, HalfWayToTernary) {
  CpuOps cpu;
  TorchOps torch;
  const Case half{.block = {}, .mode = LinearMode::kBlend, .lambda = 0.5f};
  expect_close(run(cpu, half), run(torch, half), kFlips);
  // The ends of the way are the other two modes.
  expect_close(run(cpu, {.block = {}, .mode = LinearMode::kBlend, .lambda = 0}),
               run(cpu, {.block = {}, .mode = LinearMode::kDense}), kRounding);
  expect_close(run(cpu, {.block = {}, .mode = LinearMode::kBlend, .lambda = 1}), run(cpu, {}), kFlips);
}

TEST_F(OpsAgree, LossByTokens) {
  CpuOps cpu;
  TorchOps torch;
  const Case dense{.block = {}, .mode = LinearMode::kDense, .weighted = false};
  expect_close(run(cpu, dense), run(torch, dense), kRounding);
  expect_close(run(cpu, dense), run(cpu, {.block = {}, .mode = LinearMode::kDense}), kRounding);
}

TEST_F(OpsAgree, ComputedAgainIsTheSame) {
  CpuOps cpu;
  const Outcome kept = run(cpu, {}), again = run(cpu, {.block = {}, .recompute = true});
  EXPECT_EQ(kept.loss, again.loss);
  for (size_t i = 0; i < kept.grads.size(); ++i) EXPECT_TRUE(at::equal(kept.grads[i], again.grads[i]));
  TorchOps torch;
  expect_close(run(torch, {.block = {}, .mode = LinearMode::kDense, .recompute = true}),
               run(torch, {.block = {}, .mode = LinearMode::kDense}), kRounding);
}

// A document's hidden states do not depend on what lies beside it.
TEST_F(OpsAgree, DocumentsDoNotSeeEachOther) {
  const ModelConfig config = tiny_config();
  Parameters parameters(table_of(config), at::kCPU);
  make_lively(parameters, 7);
  CpuOps ops;
  const auto module = make_module(config, parameters, ops, {}).value();
  ASSERT_TRUE(module->prepare(1));
  Random random(8);
  const at::Tensor ids = random_ids(random, kRows, config.vocab);
  const at::NoGradGuard no_grad;
  const at::Tensor together = module->hidden(ids, kSegments);
  for (const Segments::Part& part : kSegments.parts) {
    const at::Tensor alone = module->hidden(ids.narrow(0, part.begin, part.length), {{{0, part.length}}});
    EXPECT_LT(distance(together.narrow(0, part.begin, part.length), alone), kFlips);
  }
}

TEST_F(OpsAgree, WithAnyNumberOfThreads) {
  CpuOps cpu;
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Outcome one = run(cpu, {});
  at::set_num_threads(3);
  const Outcome three = run(cpu, {});
  at::set_num_threads(before);
  expect_close(three, one, kRounding);
}

// Zeros in front of the down projections, of rows that are named, by both.
TEST_F(OpsAgree, OnHowSparseActivationsAre) {
  const ModelConfig config = tiny_config();
  Parameters parameters(table_of(config), at::kCPU);
  make_lively(parameters, 5);
  CpuOps cpu;
  TorchOps torch_ops;
  std::vector<ActivationSample> samples;
  for (Ops* ops : std::initializer_list<Ops*>{&cpu, &torch_ops}) {
    for (const bool recompute : {false, true}) {
      const auto module = make_module(config, parameters, *ops, {LinearMode::kTernary, recompute}).value();
      ASSERT_TRUE(module->prepare(1));
      Random random(6);
      const at::Tensor ids = random_ids(random, kRows, config.vocab);
      ActivationSample sample{.rows = at::tensor(std::vector<int64_t>{0, 5, 8, 9, 20, 36}, at::kLong),
                              .zeros = {}};
      ops->look_at(&sample);
      const at::Tensor h = module->hidden(ids, kSegments);
      ops->look_at(nullptr);
      module->hidden(ids, kSegments);  // not looked at
      ASSERT_EQ(sample.zeros.size(), 2u);
      auto layer = module->linears().begin();
      for (const auto& [linear, zeros] : sample.zeros) {  // in the order of layers
        layer = std::find_if(layer, module->linears().end(),
                             [&](const BitLinear& one) { return &one == linear; });
        ASSERT_NE(layer, module->linears().end());
        EXPECT_NE(linear->weight().spec.name.find("down_proj"), std::string::npos);
        EXPECT_EQ(zeros.values, 6 * config.ffn);
        EXPECT_GT(zeros.gated, zeros.values / 4);  // a gate is closed half of the time
        EXPECT_LT(zeros.gated, zeros.values * 3 / 4);
        EXPECT_GE(zeros.quantized, zeros.gated);  // 0 becomes 0, and so does what is small
        EXPECT_LT(zeros.quantized, zeros.values);
      }
      samples.push_back(std::move(sample));
    }
  }
  for (const ActivationSample& sample : samples) {
    auto first = samples[0].zeros.begin();
    for (auto own = sample.zeros.begin(); own != sample.zeros.end(); ++own, ++first) {
      // What is just zero for one may be just none for the other.
      const double tolerance = 0.02 * static_cast<double>(first->second.values);
      EXPECT_NEAR(static_cast<double>(own->second.gated), static_cast<double>(first->second.gated),
                  tolerance);
      EXPECT_NEAR(static_cast<double>(own->second.quantized), static_cast<double>(first->second.quantized),
                  tolerance);
    }
  }
}

}  // namespace
}  // namespace tern::train
