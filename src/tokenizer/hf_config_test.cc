// The files beside tokenizer.json: what in them would change ids is refused, what is odd is said.
#include "tokenizer/hf_config.h"

#include <algorithm>

#include "tokenizer/kinds_testing.h"

namespace tern {
namespace {

class HfConfig : public ::testing::Test {
 protected:
  /// Reads the golden tokenizer.json with one file beside it.
  Result<TokenizerSpec> read(const Json& beside, std::string_view name = "tokenizer_config.json",
                             const Json& tokenizer = golden_json()) {
    const bool is_config = name == "tokenizer_config.json";
    TERN_ASSIGN(TokenizerSpec spec,
                tokenizer_spec_from_hf_json(tokenizer, is_config ? beside : Json(), "tokenizer.json"));
    if (name == "special_tokens_map.json") TERN_TRY(apply_special_tokens_map(beside, name, &spec));
    if (name == "added_tokens.json") TERN_TRY(check_added_tokens_file(beside, name, spec));
    return spec;
  }
  void refused(const Json& beside, std::string_view message, std::string_view name = "tokenizer_config.json",
               ErrorCode code = ErrorCode::kUnsupported) {
    const auto spec = read(beside, name);
    ASSERT_FALSE(spec) << beside;
    EXPECT_EQ(spec.error().code(), code) << spec.error().message();
    EXPECT_NE(spec.error().message().find(message), std::string::npos) << spec.error().message();
  }
};

TEST_F(HfConfig, TokensThatTokenizerJsonLacksAreRefused) {
  // " the" is what token "\u0120the" stands for, "the" is an ordinary token: transformers would add either.
  for (const char* unknown : {"<|im|>", " the", "the"}) {
    const std::string message = fmt::format("'{}' is no added token", unknown);
    for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "image_token"}) {
      refused({{key, unknown}}, message);
      refused({{key, {{"content", unknown}}}}, message);
      refused({{key, unknown}}, message, "special_tokens_map.json");
    }
    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
      refused({{"additional_special_tokens", {"<|eot_id|>", unknown}}}, message, name);
      refused({{"extra_special_tokens", {{"im", unknown}}}}, message, name);
    }
    refused({{unknown, 1206}}, message, "added_tokens.json");
  }
  refused({{"<|eot_id|>", 7}}, "token '<|eot_id|>' has id 7, in tokenizer.json 1202", "added_tokens.json");
  EXPECT_TRUE(read({{"<|eot_id|>", 1202}, {"<tool>", 1203}}, "added_tokens.json"));
  EXPECT_TRUE(read({{"pad_token", nullptr},
                    {"sep_token", "<|eot_id|>"},
                    {"additional_special_tokens", {"<|eot_id|>", {{"content", "<tool>"}}}}}));
  for (const Json& broken : {Json({{"x", 1}}), Json(3), Json::array({"a"})}) {
    refused({{"bos_token", broken}}, "bos_token is not a token", "tokenizer_config.json",
            ErrorCode::kBadFile);
  }
  refused({{"additional_special_tokens", "<tool>"}}, "is not a list", "special_tokens_map.json",
          ErrorCode::kBadFile);
}

TEST_F(HfConfig, AddedTokensDecoderMustAgree) {
  const auto decoder = [](const char* id, const char* content, const char* flag = "special") {
    return Json{{"added_tokens_decoder", {{id, {{"content", content}, {flag, true}}}}}};
  };
  EXPECT_TRUE(read(decoder("1202", "<|eot_id|>")));
  refused(decoder("1206", "<|im|>"), "added_tokens_decoder: 1206 '<|im|>' is no added token");
  refused(decoder("1201", "<|eot_id|>"), "has id 1202");
  for (const char* flag : {"lstrip", "rstrip", "single_word", "normalized"}) {
    refused(decoder("1202", "<|eot_id|>", flag), flag);
  }
}

TEST_F(HfConfig, TokensThatItCallsSpecialAreNoText) {
  const auto is_special = [&](const Json& beside, std::string_view name = "tokenizer_config.json") {
    const auto spec = read(beside, name);
    EXPECT_TRUE(spec) << spec.error().message();
    EXPECT_EQ(std::count(spec->always_matched.begin(), spec->always_matched.end(), 1203),
              spec->kinds[1203] == TokenKind::kNormal);
    const auto ids = create_tokenizer(*spec)->encode("a<tool>b", {});
    EXPECT_EQ(std::count(ids.begin(), ids.end(), 1203), spec->kinds[1203] == TokenKind::kNormal);
    return spec->kinds[1203] == TokenKind::kSpecial;
  };
  const auto decoder = [](bool special) {
    return Json{{"added_tokens_decoder", {{"1203", {{"content", "<tool>"}, {"special", special}}}}}};
  };
  EXPECT_FALSE(is_special(nullptr));
  EXPECT_FALSE(is_special(decoder(false)));
  EXPECT_TRUE(is_special(decoder(true)));
  EXPECT_TRUE(is_special({{"eos_token", "<tool>"}}));
  EXPECT_TRUE(is_special({{"extra_special_tokens", {{"tool_token", "<tool>"}}}}));
  EXPECT_TRUE(is_special({{"additional_special_tokens", {"<tool>"}}}, "special_tokens_map.json"));
}

TEST_F(HfConfig, OtherWaysToEncodeAreRefused) {
  refused({{"split_special_tokens", true}}, "split_special_tokens");
  refused({{"tokenizer_class", "GPT2TokenizerFast"}, {"add_prefix_space", true}}, "add_prefix_space");
  EXPECT_TRUE(read({{"tokenizer_class", "PreTrainedTokenizerFast"}, {"add_prefix_space", true}}));
  Json prefixed = golden_json();
  prefixed["pre_tokenizer"] = kGpt2PreTokenizer;
  prefixed["pre_tokenizer"]["add_prefix_space"] = true;
  EXPECT_FALSE(read({{"tokenizer_class", "GPT2Tokenizer"}}, "tokenizer_config.json", prefixed));
}

TEST_F(HfConfig, WarnsWhereVersionsOfTransformersDiffer) {
  const auto warnings = [&](const Json& config, const Json& pre) {
    Json json = golden_json();
    if (!pre.is_null()) json["pre_tokenizer"] = pre;
    return fmt::format("{}", fmt::join(read(config, "tokenizer_config.json", json)->warnings, "\n"));
  };
  EXPECT_EQ(warnings({{"tokenizer_class", "GPT2Tokenizer"}}, kGpt2PreTokenizer), "");
  EXPECT_EQ(warnings({{"tokenizer_class", "PreTrainedTokenizerFast"}, {"add_bos_token", true}}, nullptr), "");
  EXPECT_NE(warnings({{"tokenizer_class", "GPT2Tokenizer"}}, kSmolLmPreTokenizer).find("GPT2Tokenizer"),
            std::string::npos);
  EXPECT_NE(warnings({{"tokenizer_class", "Qwen2TokenizerFast"}}, nullptr).find("Qwen2TokenizerFast"),
            std::string::npos);
  EXPECT_NE(warnings({{"add_bos_token", false}}, nullptr).find("add_bos_token = false"), std::string::npos);
}

// Which of transformers 5.24's classes give other ids with these files.
TEST_F(HfConfig, WarnsWhereAClassPutsBlanksOtherwise) {
  const auto warns = [](const std::string& kind, const Json& config) {
    const auto spec = tokenizer_spec_from_hf_json(golden_kind_json(kind), config, "t");
    EXPECT_TRUE(spec) << spec.error().message();
    return !spec->warnings.empty();
  };
  const Json llama = {{"tokenizer_class", "LlamaTokenizer"}},
             gemma = {{"tokenizer_class", "GemmaTokenizerFast"}};
  const auto with = [](Json config, const char* key, bool value) {
    config[key] = value;
    return config;
  };
  EXPECT_TRUE(warns("hf_bpe prepend", llama));
  EXPECT_FALSE(warns("hf_bpe prepend", {{"tokenizer_class", "PreTrainedTokenizerFast"}}));
  EXPECT_FALSE(warns("hf_bpe first", llama));
  EXPECT_TRUE(warns("hf_bpe first", with(llama, "legacy", true)));
  EXPECT_TRUE(warns("hf_bpe first", with(llama, "add_prefix_space", false)));
  EXPECT_FALSE(warns("hf_bpe gemma", with(llama, "add_prefix_space", false)));
  EXPECT_FALSE(warns("hf_bpe gemma", gemma));
  EXPECT_TRUE(warns("hf_bpe prepend", gemma));
  EXPECT_FALSE(warns("hf_bpe first", {{"tokenizer_class", "CodeLlamaTokenizer"}}));
  EXPECT_TRUE(warns("hf_unigram always", {{"tokenizer_class", "T5Tokenizer"}}));
}

}  // namespace
}  // namespace tern
