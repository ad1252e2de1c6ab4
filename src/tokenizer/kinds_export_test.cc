// Tokenizers of characters written in each format and read back.
#include <gtest/gtest.h>

#include <map>

#include "tokenizer/export_hf.h"
#include "tokenizer/kinds_testing.h"

namespace tern {
namespace {

Result<TokenizerSpec> through_gguf(const TokenizerSpec& spec) {
  TERN_ASSIGN(const GgufVocabulary vocabulary, gguf_vocabulary(spec));
  return tokenizer_spec_from_gguf_fields(fields_of(vocabulary, spec), "m.gguf");
}

Result<TokenizerSpec> through_hf(const TokenizerSpec& spec) {
  TERN_ASSIGN(const Json json, tokenizer_json(spec));
  TERN_ASSIGN(const Json reread, parse_json_unique_keys(dump_json(json), "tokenizer.json"));
  return tokenizer_spec_from_hf_json(reread, tokenizer_config_json(spec, "", {}), "tokenizer.json");
}

Result<TokenizerSpec> through_sentencepiece(const TokenizerSpec& spec) {
  TERN_ASSIGN(const std::string file, sentencepiece_model(spec));
  EXPECT_TRUE(looks_like_sentencepiece(file));
  TERN_ASSIGN(TokenizerSpec read, tokenizer_spec_from_sentencepiece(file, "tokenizer.model"));
  TERN_TRY(apply_sentencepiece_config(tokenizer_config_json(spec, "", {}), nullptr, "tokenizer_config.json",
                                      &read));
  return read;
}

using Through = Result<TokenizerSpec> (*)(const TokenizerSpec&);

/// The names of those that come back equal, with equal ids; the others must be refused.
std::vector<std::string> that_come_back(Through through) {
  std::vector<std::string> names;
  for (const auto& [name, spec] : character_specs()) {
    const auto read = through(spec);
    if (!read) {
      EXPECT_EQ(read.error().code(), ErrorCode::kUnsupported) << name << ": " << read.error().message();
      continue;
    }
    expect_same_spec(*read, spec, name);
    expect_same_ids(*read, spec, name);
    names.push_back(name);
  }
  return names;
}

/// Names of the golden tokenizers that begin so, or do not.
std::vector<std::string> names_with(std::string_view prefix, bool with) {
  std::vector<std::string> names;
  for (const NamedSpec& spec : character_specs()) {
    if (spec.name.starts_with(prefix) == with) names.push_back(spec.name);
  }
  return names;
}

// All but Hugging Face's unigrams, whose scores are of double precision.
TEST(KindsExport, Gguf) {
  EXPECT_EQ(that_come_back(through_gguf), names_with("hf_unigram", false));
}

TEST(KindsExport, HuggingFace) {
  EXPECT_EQ(that_come_back(through_hf), names_with("hf_", true));
}

TEST(KindsExport, SentencePiece) {
  EXPECT_EQ(that_come_back(through_sentencepiece), names_with("sp_", true));
}

}  // namespace
}  // namespace tern
