#include "train/recipe/recipe.h"

#include <gtest/gtest.h>

namespace tern::train {
namespace {

constexpr std::string_view kRecipe = R"(out = "runs/x"
seed = 7
tokenizer = "tokenizer.json"

[model]
hidden = 256
layers = 4
heads = 4
kv_heads = 2
ffn = 768
max_positions = 512

[data.web]
inputs = ["web.jsonl.zst", "/abs/more.txt"]

[data.math]
folder = "math"

[[stage]]
name = "pretrain"
kind = "pretrain"
mix = {web = 1, math = 0.5}
second_mix = {math = 1}
sequence = 512
rows_per_step = 16
rows_per_pass = 4
schedule = {shape = "two-stage-cosine", steps = 100, warmup = 10, peak = 1e-3, second_peak = 1e-4, weight_decay = 0.1}

[[stage]]
name = "chat"
kind = "sft"
mix = {web = 1}
sequence = 256
rows_per_step = 8
epochs = 2
schedule = {shape = "cosine", peak = 1e-4}
adamw = {beta2 = 0.98}
export = ["packed", "gguf"]
)";

Result<Recipe> parse(std::string_view text, const std::vector<std::string>& sets = {}) {
  return parse_recipe(text, "r.toml", "folder", sets);
}

TEST(Recipes, SayWhatIsDone) {
  const auto parsed = parse(kRecipe);
  ASSERT_TRUE(parsed) << parsed.error().message();
  const Recipe& recipe = *parsed;
  EXPECT_EQ(recipe.out, "runs/x");
  EXPECT_EQ(recipe.seed, 7u);
  EXPECT_EQ(recipe.tokenizer, "folder/tokenizer.json");
  EXPECT_EQ(recipe.model.hidden, 256);
  EXPECT_EQ(recipe.model.head_dim, 64);
  EXPECT_EQ(recipe.model.rope_theta, 500000);
  EXPECT_EQ(recipe.model.vocab, 0);  // the tokenizer's
  EXPECT_EQ(recipe.data.at("web").inputs,
            (std::vector<std::string>{"folder/web.jsonl.zst", "/abs/more.txt"}));
  EXPECT_EQ(recipe.data.at("math").folder, "folder/math");
  ASSERT_EQ(recipe.stages.size(), 2u);
  EXPECT_EQ(recipe.stages[0].mix, (std::map<std::string, double>{{"math", 0.5}, {"web", 1}}));
  EXPECT_EQ(recipe.stages[0].second_mix, (std::map<std::string, double>{{"math", 1}}));
  EXPECT_EQ(recipe.stages[0].schedule.shape, ScheduleShape::kTwoStageCosine);
  EXPECT_EQ(recipe.stages[0].rows_per_pass, 4);
  EXPECT_FALSE(recipe.stages[0].sum_loss);
  EXPECT_TRUE(recipe.stages[1].sum_loss);  // as the report does it
  EXPECT_EQ(recipe.stages[1].rows_per_pass, 8);
  EXPECT_EQ(recipe.stages[1].adamw.beta2, 0.98);
  EXPECT_EQ(recipe.stages[1].adamw.beta1, 0.9);
  EXPECT_EQ(recipe.stages[1].exports, (std::vector<std::string>{"packed", "gguf"}));
}

TEST(Recipes, SetReplacesAndAdds) {
  const auto parsed = parse(kRecipe, {"stage.pretrain.schedule.steps=20", "stage.1.clip=0.5", "out=/tmp/o",
                                      "seed=9", "stage.chat.adamw.beta1=0.8", "model.vocab=300"});
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->stages[0].schedule.steps, 20);
  EXPECT_EQ(parsed->stages[1].clip, 0.5);
  EXPECT_EQ(parsed->stages[1].adamw.beta1, 0.8);
  EXPECT_EQ(parsed->out, "/tmp/o");
  EXPECT_EQ(parsed->model.vocab, 300);
  EXPECT_EQ(parsed->seed, 9u);
}

std::string error_of(std::string_view text, const std::vector<std::string>& sets = {}) {
  const auto parsed = parse(text, sets);
  return parsed ? "no error" : parsed.error().message();
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kRecipe);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Recipes, ErrorsNameLineAndKey) {
  EXPECT_EQ(error_of(replaced("layers = 4", "layers = \"four\"")),
            "r.toml:7: model.layers: must be a whole number");
  EXPECT_EQ(error_of(replaced("layers = 4", "layers = 0")),
            "r.toml:7: model.layers: must be between 1 and 1024");
  EXPECT_EQ(error_of(replaced("kv_heads = 2", "kv_heads = 3")),
            "r.toml:9: model.kv_heads: must divide heads");
  EXPECT_EQ(error_of(replaced("seed = 7", "sead = 7")),
            "r.toml:2: sead: is unknown; there are data, device, model, out, peak_tflops, seed, "
            "stage, threads, tokenizer");
  EXPECT_EQ(error_of(replaced("rows_per_step = 8\n", "")), "r.toml:29: stage.chat.rows_per_step: is missing");
  EXPECT_EQ(error_of(replaced("mix = {web = 1, math", "mix = {web = 1, maths")),
            "r.toml:22: stage.pretrain.mix.maths: there is no [data] of this name");
  EXPECT_EQ(error_of(replaced("\"two-stage-cosine\"", "\"zigzag\"")),
            "r.toml:27: stage.pretrain.schedule.shape: 'zigzag' is no schedule; there are constant, cosine, "
            "linear, "
            "two-stage-cosine, two-stage-linear, wsd");
  EXPECT_EQ(error_of(replaced("epochs = 2\n", "")),
            "r.toml:29: stage.chat: needs either epochs or schedule.steps");
  EXPECT_EQ(error_of(replaced("sequence = 512", "sequence = 513")),
            "r.toml:24: stage.pretrain.sequence: is longer than model.max_positions");
  EXPECT_EQ(error_of(replaced("name = \"chat\"", "name = \"pretrain\"")),
            "r.toml:30: stage.pretrain.name: is another stage's too");
  EXPECT_EQ(error_of(replaced("name = \"chat\"", "name = \"../x\"")),
            "r.toml:30: stage.../x.name: names a folder: small letters, digits, _ and - only");
  EXPECT_EQ(error_of(replaced("\"gguf\"", "\"onnx\"")),
            "r.toml:38: stage.chat.export: there are packed and gguf, beside the master");
  EXPECT_TRUE(error_of(replaced("seed = 7", "seed = = 7")).starts_with("r.toml:2: "));
  EXPECT_TRUE(error_of(replaced("seed = 7", "seed = 1979-05-27")).starts_with("r.toml:2: "));
}

TEST(Recipes, ErrorsOfSets) {
  EXPECT_EQ(error_of(kRecipe, {"seed"}), "--set seed: write key=value");
  EXPECT_EQ(error_of(kRecipe, {"stage.dpo.clip=1"}),
            "--set stage.dpo.clip=1: there is no 'dpo' to set something in");
  EXPECT_EQ(error_of(kRecipe, {"model.layers=many"}), "r.toml: model.layers: must be a whole number");
  EXPECT_EQ(error_of(kRecipe, {"model.colour=1"}).substr(0, 30), "r.toml: model.colour: is unkno");
}

TEST(Recipes, FromAModelTakeItsShape) {
  std::string text(kRecipe);
  const size_t begin = text.find("hidden"), end = text.find("[data.web]");
  text.replace(begin, end - begin, "init_from = \"base\"\n");
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->init_from, "folder/base");
}

}  // namespace
}  // namespace tern::train
