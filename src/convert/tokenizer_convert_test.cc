// Models with tokenizers of characters, from each format into the others.
#include "convert/convert.h"
#include "convert/gguf_tokenizer.h"
#include "models/export_config.h"
#include "models/tiny_model.h"
#include "tokenizer/kinds_testing.h"

namespace tern {
namespace {

using testing::TempFolder;

class TokenizerConvert : public ::testing::Test {
 protected:
  /// A folder with a tiny model that ends at `ends`, and this file for its tokenizer.
  std::string source(std::string_view file, const std::string& content, size_t tokens,
                     const std::vector<size_t>& ends = {2}) {
    ModelConfig config = testing::tiny_config_256("llama");
    config.vocab = static_cast<int64_t>(tokens);
    const testing::TinyModel tiny = testing::make_tiny(config, 31);
    const std::string path = folder_.file(fmt::format("source-{}", sources_++));
    Json json = testing::hf_config(config, "packed");
    json["eos_token_id"] = ends;
    testing::write_hf(path, json, testing::hf_tensors(tiny, true, DType::kF32));
    testing::write_file(fmt::format("{}/{}", path, file), content);
    return path;
  }
  /// The tokenizer of the output; what the conversion loses goes to losses_.
  Result<TokenizerSpec> convert(const std::string& from, const std::string& to, ConvertTarget target) {
    const ConvertOptions options = {.to = target};
    TERN_ASSIGN(const auto file, ModelFile::open(from, {}));
    TERN_ASSIGN(const ConvertPlan plan, plan_conversion(*file, options, &pool_, {}));
    losses_.clear();
    for (const Remark& loss : plan.losses) losses_ += loss.text + "\n";
    TERN_TRY(write_conversion(*file, plan, to, IfThere::kRefuse, &pool_, {}));
    TERN_ASSIGN(const auto made, ModelFile::open(to, {}));
    if (!made->tokenizer()) return fail(ErrorCode::kBadFile, "no tokenizer: {}", made->tokenizer_problem());
    return *made->tokenizer();
  }

  TempFolder folder_;
  ThreadPool pool_{1};
  std::string losses_;
  int sources_ = 0;
};

TEST_F(TokenizerConvert, SentencePieceComesBackThroughGguf) {
  for (const std::string name : {"sp_bpe", "sp_unigram", "sp_user"}) {
    const TokenizerSpec expected = *golden_kind(name);
    const std::string from = source("tokenizer.model", read_golden(name + ".model"), expected.tokens.size());
    const std::string gguf = folder_.file(name + ".gguf"), folder = folder_.file(name);
    const auto in_gguf = convert(from, gguf, ConvertTarget::kGguf);
    ASSERT_TRUE(in_gguf) << name << ": " << in_gguf.error().message();
    EXPECT_EQ(losses_, "") << name;
    expect_same_spec(*in_gguf, expected, name);
    const auto again = convert(gguf, folder, ConvertTarget::kHfPacked);
    ASSERT_TRUE(again) << name << ": " << again.error().message();
    EXPECT_EQ(losses_, "") << name;
    expect_same_spec(*again, expected, name);
    EXPECT_TRUE(std::filesystem::exists(folder + "/tokenizer.model")) << name;
  }
}

TEST_F(TokenizerConvert, SaysWhatOnlyTernReads) {
  for (const std::string name : {"hf_bpe prepend", "hf_bpe nfd"}) {
    TokenizerSpec expected = *golden_kind(name);
    const std::string from =
        source("tokenizer.json", dump_json(golden_kind_json(name)), expected.tokens.size());
    expected.eos = 2;  // the model's, where the tokenizer names none
    const std::string gguf = folder_.file(name + ".gguf");
    const auto in_gguf = convert(from, gguf, ConvertTarget::kGguf);
    ASSERT_TRUE(in_gguf) << name << ": " << in_gguf.error().message();
    expect_same_spec(*in_gguf, expected, name);
    EXPECT_NE(losses_.find("only Tern looks; others differ in: merges"), std::string::npos) << losses_;
    EXPECT_EQ(losses_.find("text before it is cut") != std::string::npos, name == "hf_bpe nfd") << losses_;
    const auto again = convert(gguf, folder_.file(name), ConvertTarget::kHfPacked);
    ASSERT_TRUE(again) << name << ": " << again.error().message();
    EXPECT_EQ(losses_, "") << name;
    expect_same_spec(*again, expected, name);
  }
}

// A model may end at a token that its tokenizer takes for text.
TEST_F(TokenizerConvert, EndsOfTextAreSpecial) {
  const TokenizerSpec spec = *golden_kind("sp_user");
  const auto tool =
      static_cast<size_t>(std::find(spec.tokens.begin(), spec.tokens.end(), "<tool>") - spec.tokens.begin());
  ASSERT_EQ(spec.kinds.at(tool), TokenKind::kUserDefined);
  const std::string from =
      source("tokenizer.model", read_golden("sp_user.model"), spec.tokens.size(), {2, tool});
  const std::string gguf = folder_.file("ends.gguf");
  const auto in_gguf = convert(from, gguf, ConvertTarget::kGguf);
  ASSERT_TRUE(in_gguf) << in_gguf.error().message();
  for (const std::string& path : {from, gguf}) {
    const auto file = ModelFile::open(path, {});
    ASSERT_TRUE(file && (*file)->tokenizer());
    EXPECT_EQ((*file)->tokenizer()->kinds[tool], TokenKind::kSpecial) << path;
    const auto warned = fmt::format("{}", fmt::join((*file)->warnings(), "\n"));
    EXPECT_EQ(warned.find("'<tool>') begins or ends a text") != std::string::npos, path == from) << warned;
  }
}

}  // namespace
}  // namespace tern
