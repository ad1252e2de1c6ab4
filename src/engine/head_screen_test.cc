// Logits that the head's screen leaves out change no token of an answer.
#include <algorithm>

#include "engine/testing.h"

namespace tern {
namespace {

using namespace testing;

constexpr int64_t kVocab = 2003;

/// A model whose head's row n is the embedding of n - 1, and whose layers add little: its logits are peaked,
/// as those of a trained model, and most answers count upwards.
void write_counting_model(const std::string& path) {
  ModelConfig config = tiny_config_256("llama");
  config.vocab = kVocab;
  config.tied_head = false;
  TinyModel model = make_tiny(config, 5);
  const auto of_role = [&](TensorRole role) {
    return std::find_if(model.tensors.begin(), model.tensors.end(),
                        [role](const TinyTensor& tensor) { return tensor.spec.role == role; });
  };
  const std::vector<float>& embedding = of_role(TensorRole::kEmbedding)->values;
  std::vector<float>& head = of_role(TensorRole::kHead)->values;
  std::copy(embedding.begin(), embedding.end() - config.hidden, head.begin() + config.hidden);
  for (TinyTensor& tensor : model.tensors) {
    if (tensor.spec.role != TensorRole::kLinear) continue;
    for (float& value : tensor.values) value *= 0.02f;
  }
  RawTensors tensors = gguf_tensors(model, DType::kF32);
  tensors["output.weight"].bytes = as_bytes(head, DType::kQ6_K);
  tensors["output.weight"].dtype = DType::kQ6_K;
  write_gguf(path, gguf_keys(config, "llama"), tensors);
}

struct ScreenCase {
  const char* name;
  SamplerOptions sampler;
  bool leaves_out = true;  ///< whether the screen can leave out much of this model's flat tail
};
void PrintTo(const ScreenCase& test, std::ostream* out) {
  *out << test.name;
}

class HeadScreenText : public ::testing::TestWithParam<ScreenCase> {};

TEST_P(HeadScreenText, IsTheSame) {
  ASSERT_TRUE(init_kernels());
  TempFolder folder;
  write_counting_model(folder.file("m.gguf"));
  EngineOptions on, off;
  on.threads = off.threads = 1;
  off.load.head_screen = false;
  const auto screened = Engine::open(folder.file("m.gguf"), on),
             whole = Engine::open(folder.file("m.gguf"), off);
  ASSERT_TRUE(screened && whole);
  for (const int64_t lookup : {0, 8}) {
    for (int32_t first = 3; first < 1000; first += 200) {
      Session a(**screened), b(**whole);
      const Ids prompt = {first, first + 1, first + 2, first, first + 1};
      GenerateOptions options;
      options.max_tokens = 60;
      options.lookup = lookup;
      options.sampler = GetParam().sampler;
      options.sampler.seed = static_cast<uint64_t>(first);
      const auto some = a.generate(prompt, options, {}), all = b.generate(prompt, options, {});
      ASSERT_TRUE(some && all);
      EXPECT_EQ(some->ids, all->ids) << "lookup " << lookup << ", from " << first;
    }
  }
  const WeightReads& reads = (*screened)->model().weight_reads();
  if (GetParam().leaves_out) {
    EXPECT_LT(reads.head_rows_read, reads.head_rows / 2) << "nothing was left out";
  }
  EXPECT_EQ((*whole)->model().weight_reads().head_rows, 0u);
}

// The second best logit is one of many of its size, so a cut of more than one leaves out nothing.
INSTANTIATE_TEST_SUITE_P(
    , HeadScreenText,
    ::testing::Values(ScreenCase{"Greedy", {}},
                      ScreenCase{"TopK", {.temperature = 1.0f, .top_k = 2, .top_p = 0.9f}, false},
                      ScreenCase{"MinP", {.temperature = 0.5f, .min_p = 0.2f}},
                      ScreenCase{"Lifted", {.bias = {{1500, 60.0f}}}, false},
                      ScreenCase{"Banned", {.bias = {{10, -100.0f}, {210, -100.0f}, {420, -100.0f}}}, false},
                      ScreenCase{
                          "LiftedMinP", {.temperature = 0.5f, .min_p = 0.2f, .bias = {{1500, 20.0f}}}, false},
                      ScreenCase{"Penalized", {.presence_penalty = 1.0f, .frequency_penalty = 1.0f}, false}),
    [](const auto& info) { return info.param.name; });

// A log-probability needs the sum over all logits, so they are all there.
TEST(HeadScreenLogprobs, AreThoseOfAllLogits) {
  ASSERT_TRUE(init_kernels());
  TempFolder folder;
  write_counting_model(folder.file("m.gguf"));
  EngineOptions options;
  options.threads = 1;
  const auto engine = Engine::open(folder.file("m.gguf"), options);
  ASSERT_TRUE(engine);
  Session session(**engine), other(**engine);
  GenerateOptions generate;
  generate.max_tokens = 1;
  const Ids prompt = {5, 6, 7};
  ASSERT_TRUE(session.generate(prompt, generate, {}));  // without: the head is not in memory yet
  generate.logprobs = true;
  session.reset();
  const auto result = session.generate(prompt, generate, {});
  ASSERT_TRUE(result);
  const auto logits = other.extend(prompt, 512);
  ASSERT_TRUE(logits);
  EXPECT_EQ(result->logprobs.at(0), LogSoftmax(*logits).of(result->ids.at(0)));
}

}  // namespace
}  // namespace tern
