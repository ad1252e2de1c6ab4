// The files beside a tokenizer.model: what they change, and what is refused.
#include <gtest/gtest.h>

#include <chrono>

#include "tokenizer/kinds_testing.h"

namespace tern {
namespace {

using Ids = std::vector<int32_t>;

int32_t id_of(const TokenizerSpec& spec, std::string_view token) {
  const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), token);
  return found == spec.tokens.end() ? -1 : static_cast<int32_t>(found - spec.tokens.begin());
}

Result<TokenizerSpec> read(const std::string& name, const Json& config, const Json& added = nullptr) {
  TERN_ASSIGN(TokenizerSpec spec, golden_kind(name));
  TERN_TRY(apply_sentencepiece_config(config, added, "f", &spec));
  return spec;
}

void refused(const Json& config, std::string_view message, ErrorCode code = ErrorCode::kUnsupported) {
  const auto spec = read("sp_user", config);
  ASSERT_FALSE(spec) << config;
  EXPECT_EQ(spec.error().code(), code) << spec.error().message();
  EXPECT_NE(spec.error().message().find(message), std::string::npos) << spec.error().message();
}

TEST(SentencePieceConfig, TokensThatItCallsSpecialAreNoText) {
  const TokenizerSpec plain = *golden_kind("sp_user");
  const int32_t tool = id_of(plain, "<tool>");
  ASSERT_EQ(plain.kinds.at(static_cast<size_t>(tool)), TokenKind::kUserDefined);
  const auto has_tool = [&](const Json& config) {
    const auto tokenizer = create_tokenizer(read("sp_user", config));
    const Ids ids = tokenizer->encode("a<tool>b", {});
    const Ids parsed = tokenizer->encode("a<tool>b", {.parse_special = true});
    EXPECT_NE(std::find(parsed.begin(), parsed.end(), tool), parsed.end()) << config;
    return std::find(ids.begin(), ids.end(), tool) != ids.end();
  };
  EXPECT_TRUE(has_tool(nullptr));
  const auto decoder = [&](bool special) {
    return Json{
        {"added_tokens_decoder", {{std::to_string(tool), {{"content", "<tool>"}, {"special", special}}}}}};
  };
  EXPECT_TRUE(has_tool(decoder(false)));
  EXPECT_FALSE(has_tool(decoder(true)));
  EXPECT_FALSE(has_tool({{"eos_token", "<tool>"}}));
  EXPECT_FALSE(has_tool({{"pad_token", {{"content", "<tool>"}}}}));
  EXPECT_FALSE(has_tool({{"additional_special_tokens", {"<tool>"}}}));
  EXPECT_EQ(read("sp_user", {{"eos_token", "<tool>"}})->eos, tool);
}

TEST(SentencePieceConfig, AddsTokensBehindTheVocabulary) {
  const auto size = static_cast<int32_t>(golden_kind("sp_bpe")->tokens.size());
  const auto spec =
      read("sp_bpe",
           {{"added_tokens_decoder", {{std::to_string(size + 1), {{"content", "<end>"}, {"special", true}}}}},
            {"pad_token", "<end>"}},
           {{"<more>", size}});
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->tokens.at(static_cast<size_t>(size)), "<more>");
  EXPECT_EQ(spec->always_matched, Ids{size});
  EXPECT_EQ(spec->kinds.back(), TokenKind::kSpecial);
  const auto refused_id = read("sp_bpe", nullptr, {{"<more>", size + 1}});
  ASSERT_FALSE(refused_id);
  EXPECT_NE(refused_id.error().message().find("it must follow"), std::string::npos);
}

TEST(SentencePieceConfig, BlanksInFront) {
  const auto ids = [](const Json& config, const char* text) {
    Json edited = config;
    edited["add_bos_token"] = false;
    return create_tokenizer(read("sp_bpe", edited))->encode(text, {.parse_special = true});
  };
  const Json every = Json::object(), never = {{"add_prefix_space", false}}, first = {{"legacy", false}};
  // As Metaspace has it: before the first text alone, and before no blank.
  EXPECT_EQ(ids(first, "the"), ids(every, "the"));
  EXPECT_EQ(ids(never, " the"), ids(every, "the"));
  EXPECT_NE(ids(never, "the"), ids(every, "the"));
  EXPECT_EQ(ids(first, " the"), ids(every, "the"));
  Ids expected = ids(every, "the");
  expected.push_back(2);
  const Ids rest = ids(never, "the");
  expected.insert(expected.end(), rest.begin(), rest.end());
  EXPECT_EQ(ids(first, "the</s>the"), expected);
  EXPECT_NE(ids(every, "the</s>the"), expected);
}

TEST(SentencePieceConfig, WhatWouldChangeIdsIsRefused) {
  refused({{"split_special_tokens", true}}, "split_special_tokens");
  refused({{"sp_model_kwargs", {{"enable_sampling", true}}}}, "sp_model_kwargs");
  refused({{"pad_token", "<pad>"}}, "pad_token '<pad>' is no added token");
  refused({{"additional_special_tokens", {"<im>"}}}, "'<im>' is no added token");
  refused({{"eos_token", 3}}, "eos_token is not a token", ErrorCode::kBadFile);
  refused(3, "not an object", ErrorCode::kBadFile);
  EXPECT_TRUE(read("sp_user", {{"sp_model_kwargs", Json::object()}, {"pad_token", nullptr}}));
}

TEST(SentencePieceConfig, ManyTokensTakeLinearTime) {
  TokenizerSpec spec = *golden_kind("sp_bpe");
  Json added = Json::object();
  for (size_t i = 0; i < 50000; ++i) {
    spec.tokens.push_back(fmt::format("<control {}>", i));
    spec.kinds.push_back(TokenKind::kSpecial);
    spec.scores.push_back(0);
  }
  for (size_t i = 0; i < 50000; ++i) added[fmt::format("<added {}>", i)] = spec.tokens.size() + i;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(apply_sentencepiece_config(nullptr, added, "f", &spec));
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  EXPECT_LT(time.count(), 20);  // 0.1 s as built for release
  EXPECT_EQ(spec.always_matched.size(), 50000u);
}

}  // namespace
}  // namespace tern
