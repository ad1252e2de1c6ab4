// The trainer against PyTorch: transformers' BitNet and torch's AdamW, by tests/golden/train/generate.py.
#include "base/mmap.h"
#include "base/testing.h"
#include "io/safetensors.h"
#include "train/adamw.h"
#include "train/cpu/cpu_ops.h"
#include "train/distill.h"
#include "train/objective.h"
#include "train/schedule.h"
#include "train/testing.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own
using tern::testing::golden;

class Golden : public WithKernels {
 protected:
  Golden() {
    const auto text = read_small_file(golden("train/golden.json"), 1 << 22);
    EXPECT_TRUE(text) << text.error().message();
    golden_ = parse_json(*text, "golden.json").value();
    config_ = config_of(golden_["shape"]);
    parameters_ = std::make_unique<Parameters>(table_of(config_), at::kCPU);
    module_ = make_module(config_, *parameters_, ops_, {}).value();
    fill("start", *parameters_, parameters_->masters());
    parameters_->refresh();
    EXPECT_TRUE(module_->prepare(1));
  }

  static ModelConfig config_of(const Json& shape) {
    ModelConfig config = tiny_config();
    config.hidden = shape["hidden_size"];
    config.ffn = shape["intermediate_size"];
    config.layers = shape["num_hidden_layers"];
    config.heads = shape["num_attention_heads"];
    config.kv_heads = shape["num_key_value_heads"];
    config.head_dim = shape["head_dim"];
    config.vocab = shape["vocab_size"];
    return config;
  }

  /// A flat buffer of `parameters` from a file of named tensors.
  static void fill(const std::string& name, const Parameters& parameters, const at::Tensor& flat) {
    const auto file = Safetensors::open_file(golden("train/" + name + ".safetensors"));
    ASSERT_TRUE(file) << file.error().message();
    for (const Parameter& parameter : parameters.all()) {
      const TensorEntry* entry = (*file)->find(parameter.spec.name);
      ASSERT_NE(entry, nullptr) << parameter.spec.name;
      ASSERT_EQ(entry->shape, parameter.spec.shape);
      std::memcpy(flat.data_ptr<float>() + parameter.offset, entry->bytes.data(), entry->bytes.size());
    }
  }

  /// Rows of ids, each a document; what precedes `first_target` is prompt.
  static Batch batch_of(const Json& rows, int64_t first_target) {
    Batch batch;
    batch.rows = static_cast<int64_t>(rows.size());
    batch.row_tokens = static_cast<int64_t>(rows[0].size()) - 1;
    for (const Json& row : rows) {
      const auto index = static_cast<int32_t>(batch.parts.size());
      batch.parts.push_back({index, 0, static_cast<int32_t>(batch.row_tokens), 0, index});
      for (int64_t i = 0; i < batch.row_tokens; ++i) {
        batch.ids.push_back(row[static_cast<size_t>(i)]);
        batch.targets.push_back(i + 1 < first_target ? -1 : row[static_cast<size_t>(i) + 1].get<int32_t>());
      }
    }
    return batch;
  }

  void expect_gradients(const std::string& name, double tolerance) {
    const at::Tensor expected = at::zeros_like(parameters_->grads());
    fill(name, *parameters_, expected);
    for (const Parameter& parameter : parameters_->all()) {
      EXPECT_LT(distance(parameter.slice(parameters_->grads()), parameter.slice(expected)), tolerance)
          << parameter.spec.name;
    }
  }

  Json golden_;
  ModelConfig config_;
  CpuOps ops_;
  std::unique_ptr<Parameters> parameters_;
  std::unique_ptr<Module> module_;
};

TEST_F(Golden, FirstLossAndGradients) {
  const LanguageModelObjective objective;
  const Batch batch = batch_of(golden_["data"][0], 1);
  const auto units = static_cast<double>(objective.units(batch));
  const StepSums sums = objective.run(*module_, batch, 1 / units).value();
  EXPECT_NEAR(sums.loss / units, golden_["losses"][0].get<double>(), 1e-5);
  expect_gradients("after1", 1e-3);
}

TEST_F(Golden, TwentySteps) {
  const LanguageModelObjective objective;
  AdamW optimizer(*parameters_, {}, 0, parameters_->size());
  const Schedule schedule{.shape = ScheduleShape::kCosine,
                          .steps = golden_["steps"],
                          .warmup = golden_["warmup"],
                          .peak = golden_["peak"],
                          .last = golden_["last"],
                          .weight_decay = golden_["weight_decay"]};
  for (int64_t step = 0; step < schedule.steps; ++step) {
    const auto at = static_cast<size_t>(step);
    const Batch batch = batch_of(golden_["data"][at], 1);
    const auto units = static_cast<double>(objective.units(batch));
    parameters_->grads().zero_();
    ASSERT_TRUE(module_->prepare(1));
    const StepSums sums = objective.run(*module_, batch, 1 / units).value();
    EXPECT_NEAR(sums.loss / units, golden_["losses"][at].get<double>(), 1e-3) << "step " << step;
    const double norm = parameters_->grads().norm().item<double>();
    EXPECT_NEAR(norm, golden_["grad_norms"][at].get<double>(), 1e-2 * norm) << "step " << step;
    optimizer.step(schedule.learning_rate(step), schedule.weight_decay_at(step),
                   std::min(1.0, golden_["clip"].get<double>() / (norm + 1e-6)));
    parameters_->refresh();
  }
  const at::Tensor expected = at::zeros_like(parameters_->masters());
  fill("after20", *parameters_, expected);
  EXPECT_LT(distance(parameters_->masters(), expected), 1e-3);
}

TEST_F(Golden, Dpo) {
  const Json& dpo = golden_["dpo"];
  const Batch batch = batch_of(golden_["pairs"], 6);
  SequenceLogprobs reference;
  for (const auto& [key, logprob] : sequence_logprobs(*module_, batch)) {
    const auto at = static_cast<size_t>(key.second);
    EXPECT_NEAR(logprob, dpo["logps"][at].get<double>(), 1e-3);
    reference[key] = dpo["reference"][at];
  }
  const StepSums sums = DpoObjective(golden_["beta"], reference).run(*module_, batch, 0.5).value();
  EXPECT_NEAR(sums.loss, dpo["losses"][0].get<double>() + dpo["losses"][1].get<double>(), 1e-4);
  expect_gradients("dpo", 2e-3);
}

TEST_F(Golden, Distillation) {
  const Json &distill = golden_["distill"], &options = distill["options"];
  ModelConfig other = config_of(distill["teacher"]);
  other.arch = other.source_arch = "llama";
  other.activation = Activation::kSwiglu;
  other.sub_norms = other.tied_head = false;
  Parameters parameters(table_of(other), at::kCPU, true);
  fill("teacher", parameters, parameters.masters());
  parameters.refresh();
  CpuOps ops;
  const auto teacher = make_module(other, parameters, ops, {LinearMode::kDense, false}).value();
  ASSERT_TRUE(teacher->prepare(1));
  const DistillRecipe recipe{.teacher = "",
                             .logits = options["logits"],
                             .temperature = options["temperature"],
                             .attention = options["attention"],
                             .attention_layer = options["attention_layer"],
                             .teacher_layer = options["teacher_layer"],
                             .relation_heads = options["relation_heads"]};
  const auto objective = DistillObjective::create(recipe, config_, other, *teacher).value();
  const Batch batch = batch_of(golden_["data"][0], 6);
  const auto units = static_cast<double>(objective->units(batch));
  const StepSums sums = objective->run(*module_, batch, 1 / units).value();
  EXPECT_NEAR(sums.loss / units, distill["nll"].get<double>(), 1e-5);
  EXPECT_NEAR(sums.divergence / units, distill["divergence"].get<double>(), 1e-5);
  EXPECT_NEAR(sums.relation / units, distill["relation"].get<double>(), 1e-5);
  expect_gradients("distill", 1e-3);
}

}  // namespace
}  // namespace tern::train
