#include "convert/gguf_tokenizer.h"

#include <gtest/gtest.h>

#include "models/export_config.h"
#include "models/tiny_model.h"
#include "tokenizer/export_hf.h"
#include "tokenizer/spec_testing.h"

namespace tern {
namespace {

using testing::RawTensors;
using testing::TempFolder;

/// A tiny model with this tokenizer, written and opened.
Result<std::shared_ptr<const ModelFile>> through_gguf(const TokenizerSpec& spec,
                                                      const std::string& chat_template, ModelConfig config,
                                                      const std::string& path) {
  GgufWriter writer;
  TERN_TRY(add_gguf_config(writer, config, "llama", "tiny", 0));
  TERN_TRY(add_gguf_tokenizer(writer, spec, chat_template, config.eos, config.vocab));
  const RawTensors tensors = testing::gguf_tensors(testing::make_tiny(config, 5), DType::kF32);
  for (const auto& [name, tensor] : tensors) {
    writer.add_tensor(name, tensor.dtype, tensor.shape,
                      [&bytes = tensor.bytes](const GgufWriter::Sink& sink) { return sink(bytes); });
  }
  TERN_TRY(writer.write(path, {}));
  return ModelFile::open(path, {});
}

ModelConfig config_for(const TokenizerSpec& spec, int64_t more) {
  ModelConfig config = testing::tiny_config("llama");
  config.hidden = 8;
  config.head_dim = 2;
  config.ffn = 8;
  config.vocab = static_cast<int64_t>(spec.tokens.size()) + more;
  return config;
}

TEST(GgufTokenizer, ComesBackThroughAFile) {
  TempFolder folder;
  for (const auto& [name, spec] : every_spec()) {
    for (const int64_t more : {0, 64}) {
      ModelConfig config = config_for(spec, more);
      config.bos = 3;
      config.eos = {5, 1, 4, 3, 9};
      const auto file = through_gguf(spec, "{{ messages }}", config, folder.file("model.gguf"));
      ASSERT_TRUE(file) << name << ": " << file.error().message();
      ASSERT_TRUE((*file)->tokenizer()) << name;
      EXPECT_EQ((*file)->tokenizer()->tokens, spec.tokens) << name;
      TokenizerSpec expected = spec;
      if (spec.eos < 0) expected.eos = 5;  // the model's first
      expect_same_spec(*(*file)->tokenizer(), expected, name);
      EXPECT_EQ((*file)->chat_template(), "{{ messages }}");
      EXPECT_EQ((*file)->config().eos, config.eos);
      EXPECT_EQ((*file)->config().bos, config.bos);
      EXPECT_EQ((*file)->config().vocab, config.vocab);
      // llama.cpp wants a token a row of the embedding.
      EXPECT_EQ((*file)->gguf()->get_strings("tokenizer.ggml.tokens")->size(),
                static_cast<size_t>(config.vocab));
      EXPECT_TRUE((*file)->warnings().empty());
    }
  }
}

TEST(GgufTokenizer, EndTokensForOtherEngines) {
  const TokenizerSpec spec = every_spec()[0].spec;
  ASSERT_EQ(spec.eos, 1202);
  TempFolder folder;
  const auto ids = [&](TokenizerSpec tokenizer, std::vector<int32_t> eos) {
    ModelConfig config = config_for(tokenizer, 0);
    config.eos = std::move(eos);
    const auto file = through_gguf(tokenizer, "", config, folder.file("model.gguf"));
    EXPECT_TRUE(file);
    std::vector<int64_t> found;
    for (const char* name : {"eos", "eot", "eom", "padding"}) {
      const auto id = (*file)->gguf()->get_uint(fmt::format("tokenizer.ggml.{}_token_id", name));
      found.push_back(*id ? static_cast<int64_t>(**id) : -1);
    }
    EXPECT_EQ((*file)->config().eos, config.eos);
    EXPECT_EQ(*(*file)->gguf()->get_string("tokenizer.chat_template"), std::nullopt);
    return found;
  };
  using Ids = std::vector<int64_t>;
  EXPECT_EQ(ids(spec, {1201, 1202}), (Ids{1202, 1201, -1, 1202}));
  EXPECT_EQ(ids(spec, {1202}), (Ids{1202, -1, -1, 1202}));
  EXPECT_EQ(ids(spec, {9, 8, 7}), (Ids{1202, 9, 8, 1202}));
  TokenizerSpec none = spec;
  none.eos = -1;
  EXPECT_EQ(ids(none, {1201, 1202}), (Ids{1201, 1202, -1, 1201}));
}

/// The real one: 49,152 tokens, 17 special ones in front, 21 bytes missing (scripts/get_model.sh fetches it).
TEST(GgufTokenizer, SmolLm2ComesBack) {
  const std::string model = TERN_SOURCE_DIR "/.cache/models/SmolLM2-135M-Instruct.Q4_1.gguf";
  if (!std::filesystem::exists(model)) GTEST_SKIP() << model << " is not there";
  const auto original = ModelFile::open(model, {});
  ASSERT_TRUE(original) << original.error().message();
  const TokenizerSpec& spec = *(*original)->tokenizer();
  TempFolder folder;
  ModelConfig config = config_for(spec, 0);
  config.eos = (*original)->config().eos;
  const auto file = through_gguf(spec, (*original)->chat_template(), config, folder.file("model.gguf"));
  ASSERT_TRUE(file) << file.error().message();
  expect_same_spec(*(*file)->tokenizer(), spec, "GGUF");
  const auto json = tokenizer_json(spec);
  ASSERT_TRUE(json) << json.error().message();
  const Json json_config = tokenizer_config_json(spec, (*original)->chat_template(), config.eos);
  const auto hf = tokenizer_spec_from_hf_json(*json, json_config, "tokenizer.json");
  ASSERT_TRUE(hf) << hf.error().message();
  expect_same_spec(*hf, spec, "tokenizer.json");
  expect_same_ids(*hf, spec, "tokenizer.json");
}

}  // namespace
}  // namespace tern
