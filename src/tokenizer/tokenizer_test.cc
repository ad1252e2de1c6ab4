#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "tokenizer/golden_files.h"

namespace tern {
namespace {

using Ids = std::vector<int32_t>;
constexpr Tokenizer::EncodeOptions kPlain{.add_bos = false, .parse_special = false};
constexpr Tokenizer::EncodeOptions kSpecial{.add_bos = true, .add_eos = true, .parse_special = true};

/// The golden ids of a case: where a pre-tokenizer gives those of LLaMA 3's, they are not written again.
Ids ids_of(const Json& line, const std::string& key) {
  return line[line.contains(key) ? key : "llama3"].get<Ids>();
}

void expect_golden(const Tokenizer& tokenizer, const std::string& key, int32_t bos) {
  for (const Json& line : read_golden_lines("cases.jsonl")) {
    const auto text = line["text"].get<std::string>();
    const Ids plain = ids_of(line, key);
    const Ids encoded = tokenizer.encode(text, kPlain);
    EXPECT_EQ(encoded, plain) << key << ": " << line["text"];
    EXPECT_EQ(tokenizer.decode(encoded, true), text);
    if (bos < 0) continue;
    Ids special = {bos};
    special.insert(special.end(), plain.begin(), plain.end());
    if (line.contains(key + "_special")) special = line[key + "_special"].get<Ids>();
    EXPECT_EQ(tokenizer.encode(text, kSpecial), special) << key << ": " << line["text"];
  }
}

TEST(Tokenizer, GivesTheIdsOfHuggingFace) {
  Json json = golden_json();
  expect_golden(*golden_tokenizer(json), "llama3", 1200);
  json["pre_tokenizer"] = kGpt2PreTokenizer;
  json["model"]["ignore_merges"] = true;
  expect_golden(*golden_tokenizer(json), "gpt2", 1200);
  json["pre_tokenizer"] = kSmolLmPreTokenizer;
  expect_golden(*golden_tokenizer(json), "smollm", 1200);
}

TEST(Tokenizer, GivesTheIdsOfTiktoken) {
  const auto tokenizer =
      create_tokenizer(tokenizer_spec_from_tiktoken(read_golden("ranks.tiktoken"), "ranks"));
  for (const Json& line : read_golden_lines("cases.jsonl")) {
    EXPECT_EQ(tokenizer->encode(line["text"].get<std::string>(), kPlain), ids_of(line, "tiktoken"))
        << line["text"];
  }
}

/// Joins the pair of lowest rank, leftmost first, one at a time: the definition.
Ids merge_by_definition(const TokenizerSpec& spec, std::string_view piece) {
  Ids ids;
  for (const char c : piece) {
    for (int32_t id = 0; id < 256; ++id) {
      if (spec.tokens[id] == std::string(1, c)) ids.push_back(id);
    }
  }
  for (bool merged = true; merged;) {
    merged = false;
    for (const auto& [left, right, result] : spec.merges) {
      for (size_t i = 0; i + 1 < ids.size() && !merged; ++i) {
        if (ids[i] != left || ids[i + 1] != right) continue;
        ids[i] = result;
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        merged = true;
      }
      if (merged) break;
    }
  }
  return ids;
}

TEST(Tokenizer, MergesAsTheDefinitionSays) {
  Json json = golden_json();
  json["model"]["ignore_merges"] = false;
  const auto tokenizer = golden_tokenizer(json);
  std::mt19937 random(11);
  // Words of letters are one pre-token each; lengths on both sides of the limit between the two algorithms.
  for (int length : {1, 2, 3, 5, 9, 17, 30, 46, 47, 48, 49, 50, 51, 64, 100, 200}) {
    for (const std::string_view letters : {"a", "ab", "ethos", "abcdefghijklmnopqrstuvwxyz"}) {
      std::string word;
      for (int i = 0; i < length; ++i) word += letters[random() % letters.size()];
      EXPECT_EQ(tokenizer->encode(word, kPlain), merge_by_definition(tokenizer->spec(), word)) << word;
    }
  }
}

TEST(Tokenizer, RoundTripsAnyBytes) {
  const auto tokenizer = golden_tokenizer();
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(every_byte, kPlain)), every_byte);
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (size_t i = random() % 200; i > 0; --i) {
      text += static_cast<char>(random() % 3 == 0 ? random() % 256 : "ab \n'\xE2\x82\xAC"[random() % 8]);
    }
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, kPlain)), text);
  }
}

TEST(Tokenizer, SpecialTokensAreTextUnlessParsed) {
  const auto tokenizer = golden_tokenizer();
  const int32_t eot = tokenizer->find_special("<|eot_id|>");
  EXPECT_EQ(eot, 1202);
  EXPECT_TRUE(tokenizer->is_special(eot));
  EXPECT_FALSE(tokenizer->is_special(tokenizer->find_special("<tool>")));
  EXPECT_EQ(tokenizer->find_special("the"), -1);
  EXPECT_EQ(tokenizer->encode("<|eot_id|>", {.add_bos = false, .parse_special = true}), Ids{eot});
  for (const int32_t id : tokenizer->encode("<|eot_id|>", kPlain)) EXPECT_FALSE(tokenizer->is_special(id));
  EXPECT_EQ(tokenizer->piece(eot), "");
  EXPECT_EQ(tokenizer->piece(eot, true), "<|eot_id|>");
  EXPECT_EQ(tokenizer->piece(-1), "");
  EXPECT_EQ(tokenizer->piece(tokenizer->vocab_size()), "");
  EXPECT_FALSE(tokenizer->is_special(1 << 30));
  EXPECT_EQ(tokenizer->encode("", {}), Ids{1200});
}

// A prompt that ends with the end of a text is answered with another text.
TEST(Tokenizer, TheEndOfATextIsAddedForThoseWhoAsk) {
  TokenizerSpec spec = *tokenizer_spec_from_hf_json(golden_json(), nullptr, "tokenizer.json");
  spec.eos = 1202;
  const auto without = create_tokenizer(spec);
  spec.add_eos = true;
  const auto with = create_tokenizer(spec);
  const Ids text = with->encode("the cat", kPlain);
  Ids prompt = {1200};
  prompt.insert(prompt.end(), text.begin(), text.end());
  EXPECT_EQ(with->encode("the cat", {}), prompt);
  EXPECT_EQ(without->encode("the cat", kSpecial), prompt);
  prompt.push_back(1202);
  EXPECT_EQ(with->encode("the cat", kSpecial), prompt);
}

TEST(Tokenizer, SpecialTokensInProtectedRangesAreText) {
  const auto tokenizer = golden_tokenizer();
  const std::string text = "<|eot_id|><|eot_id|><tool><|eot_id|>";
  const int32_t eot = tokenizer->find_special("<|eot_id|>"), tool = tokenizer->find_special("<tool>");
  const auto encode = [&](std::vector<std::pair<size_t, size_t>> ranges) {
    const auto ids =
        tokenizer->encode(text, {.add_bos = false, .parse_special = true, .protected_ranges = ranges});
    EXPECT_EQ(tokenizer->decode(ids, true), text);
    return std::pair(std::count(ids.begin(), ids.end(), eot), std::count(ids.begin(), ids.end(), tool));
  };
  using Counts = std::pair<ptrdiff_t, ptrdiff_t>;
  EXPECT_EQ(encode({}), Counts(3, 1));
  EXPECT_EQ(encode({{0, 1}}), Counts(2, 1));
  EXPECT_EQ(encode({{9, 11}}), Counts(1, 1));
  EXPECT_EQ(encode({{10, 20}}), Counts(2, 1));
  EXPECT_EQ(encode({{0, 10}, {35, 36}}), Counts(1, 1));
  EXPECT_EQ(encode({{0, 36}}), Counts(0, 1));  // an added token that is not special is text's own
  EXPECT_EQ(encode({{20, 26}}), Counts(3, 1));
}

TEST(Tokenizer, PutsABlankBeforeEachTextWhenToldTo) {
  Json json = golden_json();
  json["pre_tokenizer"] = kGpt2PreTokenizer;
  json["pre_tokenizer"]["add_prefix_space"] = true;
  const auto tokenizer = golden_tokenizer(json);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a<|eot_id|> b<tool>", kSpecial), true),
            "<|begin_of_text|> a<|eot_id|> b<tool>");
}

/// A megabyte that would take a quadratic encoder a quarter of an hour.
TEST(Tokenizer, LongRunsTakeLinearTime) {
  const auto tokenizer = golden_tokenizer();
  for (const std::string_view unit : {"a", "ab", " ", " \n", "<|", "'", "\xE4\xB8\xAD", "\xFF"}) {
    std::string text;
    while (text.size() < 1000000) text += unit;
    const auto start = std::chrono::steady_clock::now();
    const Ids ids = tokenizer->encode(text, kSpecial);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(tokenizer->decode(ids), text);
    EXPECT_LT(time.count(), 20) << unit;  // 0.3 s as built for release; sanitizers and emulators are slower
  }
}

TokenizerSpec byte_spec() {
  TokenizerSpec spec;
  for (int byte = 0; byte < 256; ++byte) spec.tokens.emplace_back(1, static_cast<char>(byte));
  spec.kinds.assign(256, TokenKind::kNormal);
  return spec;
}

void add_token(TokenizerSpec* spec, std::string text, TokenKind kind = TokenKind::kNormal) {
  spec->tokens.push_back(std::move(text));
  spec->kinds.push_back(kind);
}

/// kBadFile, with `message` in it.
void expect_bad(TokenizerSpec spec, std::string_view message) {
  const auto tokenizer = Tokenizer::create(std::move(spec));
  ASSERT_FALSE(tokenizer) << message;
  EXPECT_EQ(tokenizer.error().code(), ErrorCode::kBadFile);
  EXPECT_NE(tokenizer.error().message().find(message), std::string::npos) << tokenizer.error().message();
}

TEST(Tokenizer, RefusesInconsistentSpecs) {
  EXPECT_TRUE(Tokenizer::create(byte_spec()));
  expect_bad({}, "0 tokens");
  TokenizerSpec spec = byte_spec();
  spec.kinds.pop_back();
  expect_bad(spec, "255 token types");
  spec = byte_spec();
  spec.tokens[7] = "xyz";
  expect_bad(spec, "byte 0x07");
  spec = byte_spec();
  spec.eos = 256;
  expect_bad(spec, "eos token 256");
  spec = byte_spec();
  spec.add_bos = true;
  expect_bad(spec, "bos");
  spec = byte_spec();
  spec.always_matched = {-1};
  expect_bad(spec, "added token -1");
  spec = byte_spec();
  add_token(&spec, "a");
  expect_bad(spec, "tokens 97 and 256");
  spec = byte_spec();
  add_token(&spec, "<s>", TokenKind::kSpecial);
  add_token(&spec, "<s>", TokenKind::kSpecial);
  expect_bad(spec, "same text '<s>'");
  spec = byte_spec();
  add_token(&spec, "", TokenKind::kSpecial);
  expect_bad(spec, "0 bytes");
  spec = byte_spec();
  add_token(&spec, "ab");
  spec.merges = {{97, 98, 257}};
  expect_bad(spec, "merge 0 has ids outside");
  spec.merges = {{97, -1, 256}};
  expect_bad(spec, "merge 0 has ids outside");
  spec.merges = {{97, 99, 256}};
  expect_bad(spec, "not 97 and 99 joined");
  spec.merges = {{97, 98, 256}, {97, 98, 256}};
  expect_bad(spec, "merge 1 repeats");
  spec.kinds[256] = TokenKind::kSpecial;
  spec.merges = {{97, 98, 256}};
  expect_bad(spec, "special token 256");
}

TEST(Tokenizer, NormalizedTokensAreMatchedInWhatTheOthersLeave) {
  TokenizerSpec spec = byte_spec();
  add_token(&spec, "foo bar");
  add_token(&spec, "bar foo");
  add_token(&spec, " x", TokenKind::kSpecial);
  add_token(&spec, "x", TokenKind::kSpecial);
  const int32_t foo_bar = 256, bar_foo = 257, space_x = 258, x = 259;
  spec.always_matched = {foo_bar, bar_foo};
  const std::string text = "foo bar foo x";
  EXPECT_EQ(create_tokenizer(spec)->encode(text, kSpecial), (Ids{foo_bar, ' ', 'f', 'o', 'o', space_x}));
  spec.matched_late = {foo_bar, space_x};
  const auto tokenizer = create_tokenizer(spec);
  EXPECT_EQ(tokenizer->encode(text, kSpecial), (Ids{'f', 'o', 'o', ' ', bar_foo, ' ', x}));
  EXPECT_EQ(tokenizer->encode(text, kPlain), (Ids{'f', 'o', 'o', ' ', bar_foo, ' ', 'x'}));
  EXPECT_EQ(tokenizer->encode("foo bar x", kSpecial), (Ids{foo_bar, ' ', x}));
  // A range protects from the tokens of either pass: offsets stay those of the whole text.
  spec.matched_late = {x};
  const std::pair<size_t, size_t> end[] = {{12, 13}}, start[] = {{0, 1}}, blank[] = {{11, 12}};
  const auto late_x = create_tokenizer(spec);
  const auto guarded = [&](std::span<const std::pair<size_t, size_t>> ranges) {
    return late_x->encode(text, {.add_bos = false, .parse_special = true, .protected_ranges = ranges}).back();
  };
  EXPECT_EQ(guarded(start), space_x);
  EXPECT_EQ(guarded(blank), x);
  EXPECT_EQ(guarded(end), 'x');
  spec.matched_late = {-1};
  EXPECT_FALSE(Tokenizer::create(spec));
}

TEST(Tokenizer, BytesThatTheVocabularyLacksBecomeUnknown) {
  TokenizerSpec spec = byte_spec();
  spec.tokens[0xC0] = "<unk>";
  spec.kinds[0xC0] = TokenKind::kSpecial;
  spec.unk = 0xC0;
  const auto tokenizer = create_tokenizer(std::move(spec));
  EXPECT_EQ(tokenizer->encode("a\xC0z", kPlain), (Ids{'a', 0xC0, 'z'}));
}

TEST(Tokenizer, UnusedTokensNeverComeOut) {
  TokenizerSpec spec = byte_spec();
  spec.ignore_merges = true;
  add_token(&spec, "abc", TokenKind::kUnused);
  const auto tokenizer = create_tokenizer(spec);
  EXPECT_EQ(tokenizer->encode("abc", kSpecial), (Ids{'a', 'b', 'c'}));
  EXPECT_EQ(tokenizer->piece(256), "abc");
  spec.kinds[256] = TokenKind::kNormal;
  EXPECT_EQ(create_tokenizer(spec)->encode("abc", kPlain), Ids{256});
  spec.ignore_merges = false;  // no merges lead there
  EXPECT_EQ(create_tokenizer(spec)->encode("abc", kPlain), (Ids{'a', 'b', 'c'}));
}

}  // namespace
}  // namespace tern
