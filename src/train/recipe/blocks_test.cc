// What a recipe says of blocks and teachers.
#include <gtest/gtest.h>

#include "train/recipe/recipe.h"

namespace tern::train {
namespace {

constexpr std::string_view kRecipe = R"(out = "x"
tokenizer = "t.json"
[model]
hidden = 256
layers = 4
heads = 4
ffn = 768
max_positions = 512
[data.chat]
folder = "chat"
[[stage]]
name = "one"
kind = "sft"
mix = {chat = 1}
sequence = 256
rows_per_step = 8
schedule = {shape = "cosine", steps = 100, peak = 1e-4}
export = ["gguf"]
)";

Result<Recipe> parse(const std::vector<std::string>& sets = {}, std::string_view more = "") {
  return parse_recipe(std::string(kRecipe) + std::string(more), "r.toml", "folder", sets);
}

void expect_error(const Result<Recipe>& recipe, std::string_view text) {
  ASSERT_FALSE(recipe);
  EXPECT_NE(recipe.error().message().find(text), std::string::npos) << recipe.error().message();
}

TEST(Blocks, AreBitNetsUnlessTheRecipeSaysOtherwise) {
  const auto plain = parse();
  ASSERT_TRUE(plain) << plain.error().message();
  EXPECT_EQ(plain->model.arch, "bitnet");
  EXPECT_EQ(plain->model.activation, Activation::kRelu2);
  EXPECT_TRUE(plain->model.sub_norms);
  EXPECT_FALSE(plain->activation || plain->sub_norms);

  const auto llama = parse({"model.activation=silu", "model.sub_norms=false"});
  ASSERT_TRUE(llama) << llama.error().message();
  EXPECT_EQ(llama->model.arch, "llama");
  EXPECT_EQ(llama->model.activation, Activation::kSwiglu);
  EXPECT_FALSE(llama->model.sub_norms);
  expect_error(parse({"model.activation=gelu"}), "model.activation: must be one of relu2, silu");
  expect_error(parse({"model.head_dim=32"}), "with sub-norms, heads times head_dim must be hidden");
}

TEST(Blocks, ThatTheEngineCannotRunAreNotExported) {
  expect_error(parse({"model.activation=silu"}), "stage.one.export: the engine runs relu2 with sub-norms");
  expect_error(parse({"model.sub_norms=false"}), "stage.one.export: the engine runs relu2 with sub-norms");
  EXPECT_TRUE(parse({"model.activation=silu", "stage.one.export=[]"}));
  expect_error(parse({"stage.one.linears=dense"}), "has no trits");
  EXPECT_TRUE(parse({"stage.one.linears=dense", "model.activation=silu", "model.sub_norms=false"}));
  expect_error(parse({"stage.one.linears=dense", "model.activation=silu", "model.sub_norms=false",
                      "stage.one.export=[\"packed\"]"}),
               "has no trits");
  expect_error(parse({"stage.one.linears=blend", "stage.one.schedule.lambda_steps=101"}),
               "ends before lambda_steps");
  EXPECT_TRUE(parse({"stage.one.linears=blend", "stage.one.schedule.lambda_steps=100"}));
}

constexpr std::string_view kDistill = R"([stage.distill]
teacher = "big"
temperature = 5
attention = 10
attention_layer = 3
)";

TEST(Teachers, AreSaidInTheStage) {
  const auto recipe = parse({}, kDistill);
  ASSERT_TRUE(recipe) << recipe.error().message();
  const auto& distill = recipe->stages[0].distill;
  ASSERT_TRUE(distill);
  EXPECT_EQ(distill->teacher, "folder/big");
  EXPECT_EQ(distill->logits, 1);
  EXPECT_EQ(distill->temperature, 5);
  EXPECT_EQ(distill->attention, 10);
  EXPECT_EQ(distill->attention_layer, 3);
  EXPECT_EQ(distill->teacher_layer, -1);
  EXPECT_FALSE(parse()->stages[0].distill);
}

TEST(Teachers, MistakesAreNamed) {
  expect_error(parse({}, "[stage.distill]\nlogits = 1\n"), "stage.one.distill.teacher: is missing");
  expect_error(parse({"stage.one.distill.logits=0", "stage.one.distill.attention=0"}, kDistill),
               "stage.one.distill: asks the teacher nothing");
  expect_error(parse({}, "[stage.distill]\nteacher = \"big\"\nattention = 1\n"),
               "stage.one.distill.attention_layer: is missing");
  expect_error(parse({"stage.one.distill.attention_layer=4"}, kDistill), "the model has no such layer");
  expect_error(parse({"stage.one.kind=dpo"}, kDistill), "stage.one.distill: is for pretrain and sft");
  expect_error(parse({"stage.one.distill.colour=1"}, kDistill), "stage.one.distill.colour: is unknown");
}

}  // namespace
}  // namespace tern::train
