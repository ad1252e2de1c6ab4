// A stage from its first step to its files, and what goes wrong on the way.
#include "train/trainer.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/mmap.h"
#include "base/testing.h"
#include "train/evaluate.h"
#include "train/materials.h"
#include "train/start.h"
#include "train/testing.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own

constexpr std::string_view kRecipe = R"(out = "."
seed = 3
threads = 2
peak_tflops = 1
tokenizer = {from = ["stories"], vocab_size = 400}
[model]
hidden = 64
layers = 2
heads = 4
kv_heads = 2
ffn = 96
max_positions = 64
[data.stories]
synth = "stories"
documents = 60
held_out = 0
[[stage]]
name = "one"
kind = "pretrain"
mix = {stories = 1}
sequence = 32
rows_per_step = 2
schedule = {shape = "constant", steps = 6, peak = 1e-3}
log_every = 1
)";

/// One process, in which something goes wrong: `at_sum` sees every tensor that is summed.
class Mishaps final : public Group {
 public:
  explicit Mishaps(std::function<void(at::Tensor)> at_sum) : Group(Place{}), at_sum_(std::move(at_sum)) {}
  Status sum(at::Tensor tensor) override {
    at_sum_(tensor);
    return {};
  }
  Status share(const at::Tensor&, const std::vector<int64_t>&) override { return {}; }

 private:
  std::function<void(at::Tensor)> at_sum_;
};

class Trainers : public WithKernels {
 protected:
  static void SetUpTestSuite() {
    WithKernels::SetUpTestSuite();
    materials_ = std::make_unique<tern::testing::TempFolder>();
    const auto recipe = parse_recipe(kRecipe, "r.toml", materials_->path(), {"out=" + materials_->path()});
    ASSERT_TRUE(recipe) << recipe.error().message();
    const Status made = make_materials(*recipe);
    ASSERT_TRUE(made) << made.error().message();
  }
  static void TearDownTestSuite() { materials_.reset(); }

  std::unique_ptr<Trainer> trainer(const std::vector<std::string>& sets, Group& group) {
    std::vector<std::string> all = {"out=" + materials_->path()};
    all.insert(all.end(), sets.begin(), sets.end());
    recipe_ = parse_recipe(kRecipe, "r.toml", materials_->path(), all).value();
    const StageRecipe& stage = recipe_.stages[0];
    input_.reset(new StageInput{.recipe = recipe_,
                                .stage = stage,
                                .facts = new_model_facts(recipe_.model, tokenizer_of(recipe_)).value(),
                                .fill = [](Parameters& parameters) -> Status {
                                  parameters.initialize(3, 0.02f);
                                  return {};
                                },
                                .data = {},
                                .source_names = {"stories"},
                                .group = group,
                                .folder = folder_.path()});
    input_->facts.config.linear =
        stage.linears == LinearMode::kTernary ? LinearKind::kTernaryOnline : LinearKind::kDense;
    input_->data.sources = {{data_folder_of(recipe_, "stories"), 1}};
    input_->data.row_tokens = stage.sequence;
    input_->data.rows_per_step = stage.rows_per_step;
    auto made = Trainer::create(*input_);
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }

  std::string checkpoint(int64_t step) const {
    return fmt::format("{}/checkpoints/step-{:010}", folder_.path(), step);
  }
  at::Tensor saved(int64_t step, const std::string& name) const {
    const auto file = MappedFile::open(fmt::format("{}/{}.f32", checkpoint(step), name));
    EXPECT_TRUE(file) << file.error().message();
    const auto n = static_cast<int64_t>(file->bytes().size() / sizeof(float));
    return at::from_blob(const_cast<uint8_t*>(file->bytes().data()), {n}, at::kFloat).clone();
  }
  /// Steps that metrics.jsonl has a loss of.
  std::vector<int64_t> logged() const {
    std::vector<int64_t> steps;
    std::ifstream stream(folder_.file("metrics.jsonl"));
    for (std::string line; std::getline(stream, line);) {
      const Json json = parse_json(line, "metrics").value();
      if (json.contains("loss")) steps.push_back(json["step"]);
    }
    return steps;
  }
  /// As if nothing had been trained.
  void clean() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove_all(entry.path());
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_.file(name)); }

  static std::unique_ptr<tern::testing::TempFolder> materials_;
  tern::testing::TempFolder folder_;
  Recipe recipe_;
  std::unique_ptr<StageInput> input_;
};
std::unique_ptr<tern::testing::TempFolder> Trainers::materials_;

void expect_done(const Status& status) {
  EXPECT_TRUE(status) << status.error().message();
}

std::vector<int64_t> up_to(int64_t n) {
  std::vector<int64_t> steps;
  for (int64_t i = 1; i <= n; ++i) steps.push_back(i);
  return steps;
}

bool is_gradient(const at::Tensor& tensor) {
  return tensor.numel() > 1000;
}

TEST_F(Trainers, ExportTheMovingAverage) {
  const auto group = Group::alone();
  const auto one =
      trainer({"stage.one.average=0.8", "stage.one.checkpoint_every=1", "stage.one.keep=100"}, *group);
  at::Tensor expected = one->parameters().masters().to(at::kDouble, false, true);
  expect_done(one->run());
  for (int64_t step = 1; step <= 6; ++step)
    expected = expected * 0.8 + saved(step, "masters").to(at::kDouble) * 0.2;
  EXPECT_LT(distance(saved(6, "average"), expected), 1e-6);
  EXPECT_GT(distance(saved(6, "masters"), expected), 1e-4);

  const auto master = open_masters(folder_.file("master"), {}, {});
  ASSERT_TRUE(master) << master.error().message();
  Parameters exported(table_of(master->config), at::kCPU);
  ASSERT_TRUE(load_masters(*master->file, exported));
  const at::Tensor view = saved(6, "average").to(at::kBFloat16).to(at::kFloat);
  EXPECT_TRUE(at::equal(exported.values(), view));

  // It is part of what a run goes on from.
  std::filesystem::remove_all(folder_.file("master"));
  const auto again = trainer({"stage.one.average=0.8", "stage.one.schedule.steps=7"}, *group);
  ASSERT_TRUE(again->resume());
  expect_done(again->run());
  EXPECT_LT(distance(saved(7, "average"), expected * 0.8 + saved(7, "masters").to(at::kDouble) * 0.2), 1e-6);
}

TEST_F(Trainers, StopAtALossThatIsNoNumberAndGoOnFromTheCheckpoint) {
  int gradients = 0;
  Mishaps mishap([&](const at::Tensor& tensor) {
    if (is_gradient(tensor) && ++gradients == 5) tensor[7] = std::numeric_limits<float>::quiet_NaN();
  });
  const std::vector<std::string> sets = {"stage.one.checkpoint_every=2"};
  const auto one = trainer(sets, mishap);
  const Status stopped = one->run();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::kNonFinite);
  EXPECT_NE(stopped.error().message().find("stage one, step 5: the loss is "), std::string::npos)
      << stopped.error().message();
  EXPECT_NE(stopped.error().message().find("the checkpoint of step 4 stays"), std::string::npos);
  EXPECT_TRUE(one->parameters().masters().isfinite().all().item<bool>());
  EXPECT_FALSE(exists("master"));

  const auto two = trainer(sets, mishap);
  ASSERT_TRUE(two->resume());
  EXPECT_EQ(two->steps_done(), 4);
  expect_done(two->run());
  EXPECT_EQ(logged(), up_to(6));
  EXPECT_TRUE(exists("master"));
}

TEST_F(Trainers, StopWithoutACheckpoint) {
  Mishaps mishap([](const at::Tensor& tensor) {
    if (is_gradient(tensor)) tensor[7] = std::numeric_limits<float>::infinity();
  });
  const Status stopped = trainer({"stage.one.on_spike=roll-back"}, mishap)->run();
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message().find("step 1: "), std::string::npos);
  EXPECT_NE(stopped.error().message().find("there is no checkpoint"), std::string::npos);
}

TEST_F(Trainers, RollBackWithTheDataThatFollows) {
  int gradients = 0;
  Mishaps mishap([&](const at::Tensor& tensor) {
    if (is_gradient(tensor) && ++gradients == 5) tensor[7] = std::numeric_limits<float>::quiet_NaN();
  });
  const std::vector<std::string> sets = {"stage.one.checkpoint_every=2", "stage.one.on_spike=roll-back"};
  expect_done(trainer(sets, mishap)->run());
  EXPECT_EQ(gradients, 7);  // 4 steps, the bad one, and 2 from step 4 on
  EXPECT_EQ(logged(), up_to(6));
  const Json state =
      parse_json(read_small_file(checkpoint(6) + "/state.json", 1 << 20).value(), "state").value();
  EXPECT_EQ(state["state"]["roll_backs"], 1);
  const at::Tensor rolled = saved(6, "masters");

  // The batch of the bad step is passed over: a run that never met it has other weights.
  const auto group = Group::alone();
  clean();
  expect_done(trainer(sets, *group)->run());
  EXPECT_GT(distance(saved(6, "masters"), rolled), 1e-6);
}

TEST_F(Trainers, RollBackThreeTimesAtMost) {
  int gradients = 0;
  Mishaps mishap([&](const at::Tensor& tensor) {
    if (is_gradient(tensor) && ++gradients >= 5) tensor[7] = std::numeric_limits<float>::quiet_NaN();
  });
  const Status stopped =
      trainer({"stage.one.checkpoint_every=2", "stage.one.on_spike=roll-back"}, mishap)->run();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::kNonFinite);
  EXPECT_EQ(gradients, 8);
}

TEST_F(Trainers, ASpikeIsFarAboveTheLossesBeforeIt) {
  int steps = 0, spike_at = 20;
  Mishaps mishap([&](const at::Tensor& tensor) {
    // The sums of a step, the loss first.
    if (tensor.dtype() == at::kDouble && tensor.numel() > 1 && ++steps == spike_at) tensor[0] *= 10;
  });
  const std::vector<std::string> sets = {"stage.one.spike=3", "stage.one.schedule.steps=22",
                                         "stage.one.checkpoint_every=19"};
  const Status stopped = trainer(sets, mishap)->run();
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message().find("stage one, step 20: the loss is "), std::string::npos)
      << stopped.error().message();
  EXPECT_EQ(logged(), up_to(19));
  // Among the first losses, which fall fast, none is one; nor is any where it is not asked for.
  clean();
  steps = 0;
  spike_at = 10;
  expect_done(trainer(sets, mishap)->run());
  clean();
  steps = 0;
  spike_at = 20;
  expect_done(trainer({"stage.one.schedule.steps=22"}, mishap)->run());
}

TEST_F(Trainers, AFullDiskCostsTheCheckpointOnly) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  int gradients = 0;
  Mishaps mishap([&](const at::Tensor& tensor) {
    if (!is_gradient(tensor)) return;
    // Behind the first checkpoint there is room for an exported model, 2 bytes a weight, but not for masters.
    rlimit limit = before;
    if (++gradients == 3) limit.rlim_cur = static_cast<rlim_t>(3 * tensor.numel());
    if (gradients == 3) setrlimit(RLIMIT_FSIZE, &limit);
  });
  const auto one = trainer({"stage.one.checkpoint_every=2"}, mishap);
  const Status run = one->run();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(one->steps_done(), 6);
  EXPECT_EQ(logged(), up_to(6));
  EXPECT_TRUE(exists("master/model.safetensors"));
  const Checkpoints checkpoints(folder_.file("checkpoints"), 2);
  EXPECT_EQ(checkpoints.steps(), std::vector<int64_t>{2});  // whole still
  EXPECT_TRUE(checkpoints.load(2, {{"masters", at::zeros_like(one->parameters().masters())}}));
}

TEST_F(Trainers, ABlendThatHasComeToItsEndIsExportedAsTrits) {
  const auto group = Group::alone();
  const std::vector<std::string> whole = {"stage.one.linears=blend",
                                          "stage.one.schedule.lambda_steps=4",
                                          "stage.one.export=[\"packed\", \"gguf\"]",
                                          "model.hidden=256",
                                          "model.ffn=256",
                                          "model.layers=1"};
  expect_done(trainer(whole, *group)->run());
  const auto file = ModelFile::open(folder_.file("master"), {}).value();
  EXPECT_EQ(file->config().linear, LinearKind::kTernaryOnline);
  EXPECT_TRUE(exists("packed/model.safetensors"));
  EXPECT_TRUE(exists("model.gguf"));

  clean();
  expect_done(trainer({"stage.one.linears=blend", "stage.one.schedule.lambda_steps=40"}, *group)->run());
  const auto half = read_small_file(folder_.file("master/config.json"), 1 << 20);
  ASSERT_TRUE(half);
  EXPECT_EQ(half->find("quantization_config"), std::string::npos);
}

// Ablations: the engine's loss of what was trained is the trainer's own.
TEST_F(Trainers, OfOtherBlocksAreTheEnginesModels) {
  const auto group = Group::alone();
  for (const char* activation : {"relu2", "silu"}) {
    for (const char* sub_norms : {"true", "false"}) {
      SCOPED_TRACE(fmt::format("{}, sub-norms {}", activation, sub_norms));
      const bool exported =
          (std::string_view(activation) == "relu2") == (std::string_view(sub_norms) == "true");
      std::vector<std::string> sets = {fmt::format("model.activation={}", activation),
                                       fmt::format("model.sub_norms={}", sub_norms), "model.hidden=256",
                                       "model.ffn=256", "stage.one.schedule.steps=3"};
      if (exported) sets.emplace_back("stage.one.export=[\"packed\", \"gguf\"]");
      const auto one = trainer(sets, *group);
      expect_done(one->run());
      const ModelConfig& config = input_->facts.config;
      auto loader = Loader::open(input_->data).value();
      loader.next_step();
      const Batch batch = loader.batch(0, 2).value();
      const HeldOutLoss engine = engine_loss(folder_.file("master"), batch, 2, config).value();
      const auto ops = make_ops(false);
      const auto module = make_module(config, one->parameters(), *ops, {}).value();
      ASSERT_TRUE(module->prepare(1));
      const at::NoGradGuard no_grad;
      const StepSums own = LanguageModelObjective().run(*module, batch, 1).value();
      EXPECT_EQ(own.units, engine.targets);
      // Softmax and norms may differ in the last bit and tip an int8 now and then.
      EXPECT_NEAR(own.loss / static_cast<double>(own.units), engine.mean(), 2e-3);
      EXPECT_EQ(exists("model.gguf"), exported);
      if (exported) {
        const HeldOutLoss gguf = engine_loss(folder_.file("model.gguf"), batch, 2, config).value();
        EXPECT_EQ(gguf.nll, engine.nll);
        std::filesystem::remove(folder_.file("model.gguf"));
      }
      clean();
    }
  }
}

}  // namespace
}  // namespace tern::train
