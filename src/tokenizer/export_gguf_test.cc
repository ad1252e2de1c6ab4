#include "tokenizer/export_gguf.h"

#include <gtest/gtest.h>

#include <set>

#include "tokenizer/spec_testing.h"

namespace tern {
namespace {

/// `spec` written as a GGUF file has it, and read back.
Result<TokenizerSpec> through_gguf(const TokenizerSpec& spec, int64_t size = 0) {
  TERN_ASSIGN(const GgufVocabulary vocabulary, gguf_vocabulary(spec, size));
  EXPECT_EQ(vocabulary.tokens.size(), std::max(spec.tokens.size(), static_cast<size_t>(size)));
  EXPECT_EQ(vocabulary.token_types.size(), vocabulary.tokens.size());
  EXPECT_EQ(std::set(vocabulary.tokens.begin(), vocabulary.tokens.end()).size(), vocabulary.tokens.size());
  EXPECT_FALSE(std::count(vocabulary.tokens.begin(), vocabulary.tokens.end(), ""));
  return tokenizer_spec_from_gguf_fields(fields_of(vocabulary, spec), "m.gguf");
}

TEST(GgufVocabulary, GivesTheTokenizerBack) {
  for (const auto& [name, spec] : every_spec()) {
    for (const int64_t size : {0, 1280, 2048}) {
      const auto read = through_gguf(spec, size);
      ASSERT_TRUE(read) << name << ": " << read.error().message();
      EXPECT_EQ(read->tokens, spec.tokens) << name;
      expect_same_spec(*read, spec, name);
      if (size == 0) expect_same_ids(*read, spec, name);
    }
  }
}

TEST(GgufVocabulary, RefusesWhatTheFormatCannotSay) {
  const TokenizerSpec golden = every_spec()[0].spec;
  TokenizerSpec prefix = golden, merges = golden, late = golden, twice = golden;
  prefix.add_prefix_space = true;
  merges.ignore_merges = false;
  late.matched_late = {golden.always_matched[1]};
  twice.tokens.back() = "\u0120the";  // an added token spelled as " the" is
  for (const TokenizerSpec& spec : {prefix, merges, late, twice}) {
    const auto written = gguf_vocabulary(spec);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace tern
