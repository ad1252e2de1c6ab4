#pragma once
// Tests only: tokenizers of every kind that the readers give, and their comparison.
#include <gtest/gtest.h>

#include <algorithm>

#include "tokenizer/bpe.h"
#include "tokenizer/export_gguf.h"
#include "tokenizer/golden_files.h"

namespace tern {

struct NamedSpec {
  std::string name;
  TokenizerSpec spec;
};

/// Ranks with what a tokenizer.json finds hardest: ids without a text in between, an unused token whose
/// letters could come out of text, added tokens of every kind. Six hundred tokens, so that it is a small
/// file.
inline TokenizerSpec awkward_spec() {
  TokenizerSpec spec = *tokenizer_spec_from_tiktoken(read_golden("ranks.tiktoken"), "ranks");
  spec.tokens.resize(600);
  spec.kinds.resize(600);
  const auto add = [&](const char* text, TokenKind kind) {
    spec.tokens.push_back(text);
    spec.kinds.push_back(kind);
    return static_cast<int32_t>(spec.tokens.size() - 1);
  };
  add("", TokenKind::kUnused);
  spec.bos = add("<|begin_of_text|>", TokenKind::kSpecial);
  spec.eos = add("<|eot_id|>", TokenKind::kSpecial);
  add("unused", TokenKind::kUnused);
  spec.always_matched = {add("<tool>", TokenKind::kNormal), add("\u2603\u2603", TokenKind::kNormal)};
  spec.matched_late = {spec.always_matched[1]};
  add("[x]", TokenKind::kUnused);
  return spec;
}

inline std::vector<NamedSpec> every_spec() {
  std::vector<NamedSpec> specs;
  const auto add = [&](std::string name, const Json& json, const Json& config = nullptr) {
    auto spec = tokenizer_spec_from_hf_json(json, config, name);
    ASSERT_TRUE(spec) << spec.error().message();
    specs.push_back({std::move(name), std::move(*spec)});
  };
  add("llama3", golden_json(), {{"eos_token", "<|eot_id|>"}});
  Json odd = golden_json();
  odd["model"]["vocab"]["not in the map"] = 1300;  // leaves gaps, and a token that no text gives
  odd["added_tokens"] = Json::array();
  odd["post_processor"] = nullptr;
  add("odd", odd);
  Json gpt2 = golden_json();
  gpt2["pre_tokenizer"] = kGpt2PreTokenizer;
  gpt2["model"]["ignore_merges"] = false;
  add("gpt2", gpt2);
  Json smollm = gpt2;
  smollm["pre_tokenizer"] = kSmolLmPreTokenizer;
  smollm["model"]["unk_token"] = "a";
  add("smollm", smollm);
  // As SmolLM2 has it: added tokens are the vocabulary's first, and one of them stands for bytes that it
  // lacks.
  Json first = smollm;
  for (auto& [text, id] : first["model"]["vocab"].items()) id = id.get<int>() + 2;
  first["model"]["vocab"].erase("\u0100");  // byte 0
  first["model"]["vocab"]["<unk>"] = 0;
  first["model"]["vocab"]["<s>"] = 1;
  first["model"]["unk_token"] = "<unk>";
  first["added_tokens"] = {{{"id", 0}, {"content", "<unk>"}, {"special", true}, {"normalized", false}},
                           {{"id", 1}, {"content", "<s>"}, {"special", true}, {"normalized", false}}};
  first["post_processor"] = nullptr;
  add("first", first, {{"bos_token", "<s>"}, {"eos_token", "<s>"}, {"unk_token", "<unk>"}});
  Json qwen2 = gpt2;
  qwen2["normalizer"] = {{"type", "NFC"}};
  qwen2["pre_tokenizer"] = kQwen2PreTokenizer;
  add("qwen2", qwen2);
  specs.push_back({"tiktoken", *tokenizer_spec_from_tiktoken(read_golden("ranks.tiktoken"), "ranks")});
  return specs;
}

inline std::vector<std::tuple<int32_t, int32_t, int32_t>> merges_of(const TokenizerSpec& spec) {
  std::vector<std::tuple<int32_t, int32_t, int32_t>> merges;
  for (const auto& [left, right, result] : spec.merges_by_rank ? *Bpe::ranked_merges(spec) : spec.merges)
    merges.emplace_back(left, right, result);
  return merges;
}

/// Every field equal, where ranks are the merges that they stand for; ids that no text gives may lose their
/// text, and the last of them may be gone.
inline void expect_same_spec(const TokenizerSpec& ours, const TokenizerSpec& expected,
                             const std::string& name) {
  ASSERT_LE(ours.tokens.size(), expected.tokens.size()) << name;
  for (size_t i = 0; i < expected.tokens.size(); ++i) {
    const TokenKind kind = i < ours.kinds.size() ? ours.kinds[i] : TokenKind::kUnused;
    ASSERT_EQ(kind, expected.kinds[i]) << name << ": token " << i;
    if (kind == TokenKind::kUnused) continue;
    ASSERT_EQ(ours.tokens[i], expected.tokens[i]) << name << ": token " << i;
  }
  EXPECT_EQ(merges_of(ours), merges_of(expected)) << name;
  EXPECT_EQ(ours.ignore_merges, expected.ignore_merges) << name;
  EXPECT_EQ(ours.model, expected.model) << name;
  EXPECT_EQ(ours.scores, expected.scores) << name;
  EXPECT_EQ(ours.float_sums, expected.float_sums) << name;
  EXPECT_EQ(ours.fuse_unk, expected.fuse_unk) << name;
  EXPECT_EQ(ours.form, expected.form) << name;
  EXPECT_EQ(ours.chars_map, expected.chars_map) << name;
  EXPECT_EQ(ours.remove_extra_blanks, expected.remove_extra_blanks) << name;
  EXPECT_EQ(ours.prefix_before_blank, expected.prefix_before_blank) << name;
  EXPECT_EQ(ours.prefix_once, expected.prefix_once) << name;
  EXPECT_EQ(ours.add_eos, expected.add_eos) << name;
  EXPECT_EQ(ours.pre, expected.pre) << name;
  EXPECT_EQ(ours.add_prefix_space, expected.add_prefix_space) << name;
  EXPECT_EQ(ours.add_bos, expected.add_bos) << name;
  EXPECT_EQ(ours.bos, expected.bos) << name;
  EXPECT_EQ(ours.eos, expected.eos) << name;
  EXPECT_EQ(ours.unk, expected.unk) << name;
  const auto sorted = [](std::vector<int32_t> ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  EXPECT_EQ(sorted(ours.always_matched), sorted(expected.always_matched)) << name;
  EXPECT_EQ(sorted(ours.matched_late), sorted(expected.matched_late)) << name;
  EXPECT_EQ(ours.warnings, std::vector<std::string>()) << name;
}

/// The same ids for every golden text, special tokens parsed and not.
inline void expect_same_ids(const TokenizerSpec& ours, const TokenizerSpec& expected,
                            const std::string& name) {
  const auto one = create_tokenizer(ours), other = create_tokenizer(expected);
  ASSERT_TRUE(one && other) << name;
  for (const Json& line : read_golden_lines("cases.jsonl")) {
    const auto text = line["text"].get<std::string>();
    for (const bool parse : {false, true}) {
      const Tokenizer::EncodeOptions options{.add_bos = true, .add_eos = true, .parse_special = parse};
      EXPECT_EQ(one->encode(text, options), other->encode(text, options)) << name << ": " << line["text"];
    }
  }
}

}  // namespace tern
