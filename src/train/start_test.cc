#include "train/start.h"

#include "models/hf_image.h"
#include "train/export.h"
#include "train/teacher.h"
#include "train/testing.h"

namespace tern::train {
namespace {

using namespace testing;  // NOLINT: the tests' own
using tern::testing::hf_image;
using tern::testing::HfFolder;

/// A model with a tokenizer.
ModelConfig shape_of(std::string_view arch) {
  ModelConfig config = tern::testing::tiny_config(arch);
  config.vocab = 264;
  return config;
}

std::string error_of(const Result<StartingModel>& start) {
  return start ? "none" : start.error().message();
}

void expect_error(const Result<StartingModel>& start, std::string_view text) {
  EXPECT_NE(error_of(start).find(text), std::string::npos) << error_of(start);
}

TEST(StartingModels, ADenseLlamaIsTakenAsItIs) {
  HfFolder folder;
  folder.set(hf_image(shape_of("llama"), "dense"));
  const auto start = open_masters(folder.path(), {}, {});
  ASSERT_TRUE(start) << start.error().message();
  EXPECT_EQ(start->config.arch, "llama");
  EXPECT_EQ(start->config.activation, Activation::kSwiglu);
  EXPECT_FALSE(start->config.sub_norms);
  Parameters parameters(table_of(start->config), at::kCPU);
  ASSERT_TRUE(load_masters(*start->file, parameters));
  for (const TensorSpec& spec : start->file->table()) {
    const TensorEntry* entry = start->file->find(spec);
    const Parameter& parameter = parameters.at(spec.name);
    std::vector<float> expected(static_cast<size_t>(parameter.size));
    ASSERT_TRUE(dequantize(entry->dtype, entry->bytes.data(), expected.size(), expected.data()));
    EXPECT_EQ(floats_of(parameter.slice(parameters.masters())), expected) << spec.name;
  }
}

// What is put in is 1 everywhere, and the rest is the file's.
TEST(StartingModels, SubNormsArePutIn) {
  HfFolder folder;
  folder.set(hf_image(shape_of("llama"), "dense"));
  const auto plain = open_masters(folder.path(), {}, {}), with = open_masters(folder.path(), {}, true);
  ASSERT_TRUE(plain) << error_of(plain);
  ASSERT_TRUE(with) << error_of(with);
  EXPECT_EQ(with->config.arch, "bitnet");
  EXPECT_TRUE(with->config.sub_norms);
  EXPECT_EQ(with->config.activation, Activation::kSwiglu);
  EXPECT_EQ(open_masters(folder.path(), Activation::kRelu2, true)->config.activation, Activation::kRelu2);
  Parameters own(table_of(plain->config), at::kCPU), more(table_of(with->config), at::kCPU);
  ASSERT_TRUE(load_masters(*plain->file, own));
  ASSERT_TRUE(load_masters(*with->file, more));
  int64_t put_in = 0;
  for (const Parameter& parameter : more.all()) {
    const at::Tensor values = parameter.slice(more.values());
    if (parameter.spec.name.find("sub_norm") != std::string::npos) {
      EXPECT_TRUE(at::equal(values, at::ones_like(values))) << parameter.spec.name;
      ++put_in;
    } else {
      const Parameter& same = own.at(parameter.spec.name);
      EXPECT_TRUE(at::equal(values, same.slice(own.values()))) << parameter.spec.name;
    }
  }
  EXPECT_EQ(put_in, 2 * with->config.layers);
}

TEST(StartingModels, SubNormsThatCannotBe) {
  HfFolder folder;
  folder.set(hf_image(shape_of("bitnet"), "online"));
  expect_error(open_masters(folder.path(), {}, false), "model.sub_norms: ");
  ModelConfig wide = shape_of("llama");
  wide.head_dim = 12;
  folder.set(hf_image(wide, "dense"));
  EXPECT_TRUE(open_masters(folder.path(), {}, {}));
  expect_error(open_masters(folder.path(), {}, true), "4 heads of 12, which do not make its hidden size 40");
}

TEST(StartingModels, WhatTheTrainerDoesNotComputeIsRefused) {
  HfFolder folder;
  folder.set(hf_image(shape_of("qwen2"), "dense"));
  expect_error(open_masters(folder.path(), {}, {}), "biases behind q, k and v");
  folder.set(hf_image(shape_of("gemma3"), "dense"));
  expect_error(open_masters(folder.path(), {}, {}), "sliding windows");
  folder.set(hf_image(shape_of("minicpm"), "dense"));
  expect_error(open_masters(folder.path(), {}, {}), "the trainer computes bitnet and llama");
}

TEST(StartingModels, TritsAreNoMasters) {
  HfFolder folder;
  folder.set(hf_image(shape_of("bitnet"), "packed"));
  const auto packed = open_masters(folder.path(), {}, {});
  expect_error(packed, "is stored as trits; training goes on from the masters that they were made from");
  EXPECT_EQ(packed.error().code(), ErrorCode::kUnsupported);
  const auto gguf = open_masters(tern::testing::golden("models/gguf_i2_s/model.gguf"), {}, {});
  expect_error(gguf, "is stored as trits; training goes on from the masters");
}

TEST(StartingModels, StagesMustFit) {
  HfFolder folder;
  folder.set(hf_image(shape_of("llama"), "dense"));
  Recipe recipe;
  recipe.init_from = folder.path();
  StageRecipe& stage = recipe.stages.emplace_back();
  stage.name = "chat";
  stage.sequence = 64;
  stage.exports = {"packed", "gguf"};
  EXPECT_TRUE(open_start(recipe));
  recipe.sub_norms = true;
  expect_error(open_start(recipe),
               "stage.chat.export: the engine runs relu2 with sub-norms and silu without");
  recipe.activation = Activation::kRelu2;
  EXPECT_TRUE(open_start(recipe));
  stage.sequence = 1024;
  expect_error(open_start(recipe), "stage.chat.sequence: is longer than the model's 256 positions");
  stage.sequence = 64;
  stage.distill = DistillRecipe{.teacher = folder.path(), .attention = 1, .attention_layer = 2};
  expect_error(open_start(recipe), "stage.chat.distill.attention_layer: the model has layers 0 to 1");
}

class TeacherFiles : public WithKernels {};

TEST_F(TeacherFiles, MustHaveTheStudentsTokens) {
  HfFolder student_folder, folder;
  student_folder.set(hf_image(shape_of("llama"), "dense"));
  const auto start = open_masters(student_folder.path(), {}, {});
  ASSERT_TRUE(start) << error_of(start);
  const ModelFacts student = facts_of(*start->file);
  ModelConfig other = shape_of("llama");
  other.hidden = 24;
  folder.set(hf_image(other, "dense"));
  const auto teacher = Teacher::open(folder.path(), student, false);
  ASSERT_TRUE(teacher) << teacher.error().message();
  EXPECT_EQ((*teacher)->config().hidden, 24);
  EXPECT_EQ((*teacher)->module().linears()[0].mode(), LinearMode::kDense);

  auto image = hf_image(other, "dense");
  image.tokenizer["added_tokens"][1]["content"] = "<|end|>";
  image.tokenizer_config["eos_token"] = "<|end|>";
  folder.set(image);
  const auto renamed = Teacher::open(folder.path(), student, false);
  ASSERT_FALSE(renamed);
  EXPECT_NE(renamed.error().message().find("its token 262 is \"<|end|>\", the student's \"<|eot_id|>\""),
            std::string::npos)
      << renamed.error().message();
  other.vocab = 270;
  folder.set(hf_image(other, "dense"));
  const auto larger = Teacher::open(folder.path(), student, false);
  ASSERT_FALSE(larger);
  EXPECT_NE(larger.error().message().find("has a vocabulary of 270, the student one of 264"),
            std::string::npos);
}

}  // namespace
}  // namespace tern::train
