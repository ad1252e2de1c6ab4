// Tokenizers of characters against the originals, and against their definitions.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>

#include "tokenizer/kinds_testing.h"
#include "tokenizer/unicode_form.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

using Ids = std::vector<int32_t>;
constexpr Tokenizer::EncodeOptions kPlain{.add_bos = false, .parse_special = false};
constexpr Tokenizer::EncodeOptions kSpecial{.add_bos = true, .add_eos = true, .parse_special = true};

std::string in_form(std::string_view text, UnicodeForm form) {
  std::string buffer;
  return std::string(to_unicode_form(text, form, &buffer));
}

std::string fnv(std::string_view text) {
  uint32_t value = 0x811C9DC5u;
  for (const char byte : text) value = (value ^ static_cast<uint8_t>(byte)) * 0x01000193u;
  return fmt::format("{:08x}", value);
}

TEST(Kinds, GiveTheIdsOfTheOriginals) {
  const std::vector<std::string> texts = kind_texts();
  const Json kinds = golden_kinds();
  for (const auto& [name, hashes] : kinds["hashes"].items()) {
    const auto tokenizer = create_tokenizer(golden_kind(name));
    ASSERT_TRUE(tokenizer) << name;
    ASSERT_EQ(hashes.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      const Ids ids = tokenizer->encode(texts[i], kPlain);
      EXPECT_EQ(fnv(fmt::format("{}", fmt::join(ids, ","))), hashes[i].get<std::string>())
          << name << ": " << Json(texts[i]) << " gives " << fmt::format("{}", fmt::join(ids, ","));
    }
  }
}

TEST(Kinds, SpecialTokensPartTheText) {
  const Json kinds = golden_kinds();
  size_t seen = 0;
  for (const auto& [name, cases] : kinds["special"].items()) {
    const auto tokenizer = create_tokenizer(golden_kind(name));
    for (const Json& line : cases) {
      EXPECT_EQ(tokenizer->encode(line["text"].get<std::string>(), kSpecial), line["ids"].get<Ids>())
          << name << ": " << line["text"];
      ++seen;
    }
  }
  EXPECT_GT(seen, 30u);
}

/// Where text is not changed and no character is unknown.
const std::vector<std::string> kLossless = {"sp_bpe", "hf_bpe prepend", "hf_bpe gemma", "qwen2"};

TEST(Kinds, DecodeGivesTheTextBack) {
  std::vector<std::string> texts = {
      " ", "  a", "a", "", "\n", " \xFF\xE2\x82 x\xC3", "\xF0\x9F\x98\x80 \xF0\x9F\x98"};
  for (const std::string& text : kind_texts()) {
    const bool keeps = text.find(kBlankMark) == std::string::npos && in_form(text, UnicodeForm::kNfc) == text;
    if (keeps) texts.push_back(text);
  }
  for (const std::string& name : kLossless) {
    const auto tokenizer = create_tokenizer(golden_kind(name));
    for (const std::string& text : texts) {
      const Ids ids = tokenizer->encode(text, kPlain);
      EXPECT_EQ(tokenizer->decode(ids), text) << name;
      std::string streamed;
      StreamDecoder decoder(*tokenizer, /*special=*/false, /*at_start=*/true);
      for (const int32_t id : ids) streamed += decoder.add(id);
      streamed += decoder.finish();
      if (utf8_valid_prefix(text) != text.size()) continue;
      EXPECT_EQ(streamed, text) << name;
    }
  }
}

TEST(Kinds, DecodeIsThatOfTheOriginals) {
  const Json kinds = golden_kinds();
  for (const auto& [name, cases] : kinds["decoded"].items()) {
    const auto tokenizer = create_tokenizer(golden_kind(name));
    for (const Json& line : cases) {
      const Ids ids = line["ids"].get<Ids>();
      EXPECT_EQ(tokenizer->decode(ids), line["text"].get<std::string>()) << name << ": " << line["ids"];
      std::string streamed;
      StreamDecoder decoder(*tokenizer, /*special=*/false, /*at_start=*/true);
      for (const int32_t id : ids) streamed += decoder.add(id);
      EXPECT_EQ(streamed, line["text"].get<std::string>()) << name << ": " << line["ids"];
    }
  }
}

TEST(Kinds, StreamsKeepTheBlankOfWhatGoesOn) {
  const auto tokenizer = create_tokenizer(golden_kind("sp_bpe"));
  const Ids ids = tokenizer->encode("the", kPlain);
  StreamDecoder start(*tokenizer, false, /*at_start=*/true), later(*tokenizer);
  std::string first, next;
  for (const int32_t id : ids) {
    first += start.add(id);
    next += later.add(id);
  }
  EXPECT_EQ(first, "the");
  EXPECT_EQ(next, " the");
  // Bytes of a character come out when it is whole.
  const Ids euro = tokenizer->encode("\u20AC\U0001F9EA", kPlain);
  StreamDecoder decoder(*tokenizer);
  std::string text;
  for (const int32_t id : euro) {
    const std::string added = decoder.add(id);
    EXPECT_EQ(utf8_valid_prefix(added), added.size());
    text += added;
  }
  EXPECT_EQ(text, " \u20AC\U0001F9EA");
}

TEST(Kinds, EosGoesLast) {
  TokenizerSpec spec = *golden_kind("sp_bpe");
  spec.add_eos = true;
  const auto tokenizer = create_tokenizer(spec);
  const Ids ids = tokenizer->encode("the", kSpecial);
  EXPECT_EQ(ids.front(), spec.bos);
  EXPECT_EQ(ids.back(), spec.eos);
  EXPECT_EQ(tokenizer->encode("", kSpecial), (Ids{spec.bos, spec.eos}));
}

TEST(Kinds, LongRunsTakeLinearTime) {
  for (const char* name : {"sp_bpe", "sp_unigram", "hf_bpe gemma", "hf_unigram nfkc"}) {
    const auto tokenizer = create_tokenizer(golden_kind(name));
    for (const std::string_view unit : {"a", "ab", " ", "the", "\u0301", "\u4E00", "\xFF"}) {
      std::string text;
      while (text.size() < 300000) text += unit;
      const auto start = std::chrono::steady_clock::now();
      EXPECT_FALSE(tokenizer->encode(text, kPlain).empty() && unit != " ");
      const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      EXPECT_LT(time.count(), 20) << name << ": " << unit;  // 0.1 s as built for release
    }
  }
}

/// Letters a to d, some words of them, an unknown token: scores and kinds at random.
TokenizerSpec random_spec(TokenizerModel model, std::mt19937& random) {
  TokenizerSpec spec;
  spec.model = model;
  spec.pre = PreTokenizer::kNone;
  spec.tokens = {"<unk>"};
  spec.unk = 0;
  std::set<std::string> words;
  // Not every letter is a token, though longer tokens have it.
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    if (random() % 4 != 0) words.insert(std::string(1, letter));
  }
  for (int i = 0; i < 25; ++i) {
    std::string word;
    for (size_t n = 2 + random() % 4; n > 0; --n) word += static_cast<char>('a' + random() % 4);
    words.insert(word);
  }
  spec.tokens.insert(spec.tokens.end(), words.begin(), words.end());
  spec.kinds.assign(spec.tokens.size(), TokenKind::kNormal);
  spec.kinds[0] = TokenKind::kSpecial;
  for (size_t i = 0; i < spec.tokens.size(); ++i)
    spec.scores.push_back(-static_cast<double>(random() % 12));  // some are equal
  return spec;
}

std::string random_word(std::mt19937& random) {
  std::string word;
  for (size_t n = 1 + random() % 12; n > 0; --n) word += static_cast<char>('a' + random() % 5);
  return word;
}

/// Joins the two neighbours whose text is the token of the best score, leftmost first, one pair at a time.
Ids join_by_definition(const TokenizerSpec& spec, const std::string& text) {
  const auto find = [&](const std::string& part) {
    const auto found = std::find(spec.tokens.begin() + 1, spec.tokens.end(), part);
    return found == spec.tokens.end() ? -1 : static_cast<int32_t>(found - spec.tokens.begin());
  };
  std::vector<std::string> parts;
  for (const char letter : text) parts.emplace_back(1, letter);
  while (true) {
    size_t best = parts.size();
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      const int32_t id = find(parts[i] + parts[i + 1]);
      if (id < 0) continue;
      if (best == parts.size() || spec.scores[id] > spec.scores[find(parts[best] + parts[best + 1])])
        best = i;
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  Ids ids;
  for (const std::string& part : parts) ids.push_back(std::max(find(part), 0));
  return ids;
}

TEST(CharBpe, JoinsAsTheDefinitionSays) {
  std::mt19937 random(5);
  for (int round = 0; round < 150; ++round) {
    const TokenizerSpec spec = random_spec(TokenizerModel::kBpe, random);
    const auto tokenizer = create_tokenizer(spec);
    for (int i = 0; i < 30; ++i) {
      const std::string word = random_word(random);
      ASSERT_EQ(tokenizer->encode(word, kPlain), join_by_definition(spec, word)) << word;
    }
  }
}

/// The best sum over every way to cut the text; the score of an unknown letter is that of the worst token
/// less 10.
double best_sum(const TokenizerSpec& spec, std::string_view text, double unknown) {
  if (text.empty()) return 0;
  double best = -1e9;
  bool letter_known = false;
  for (size_t id = 1; id < spec.tokens.size(); ++id) {
    const std::string& token = spec.tokens[id];
    if (!text.starts_with(token)) continue;
    letter_known |= token.size() == 1;
    best = std::max(best, spec.scores[id] + best_sum(spec, text.substr(token.size()), unknown));
  }
  if (!letter_known) best = std::max(best, unknown + best_sum(spec, text.substr(1), unknown));
  return best;
}

TEST(Unigram, FindsTheBestSum) {
  std::mt19937 random(6);
  for (int round = 0; round < 60; ++round) {
    TokenizerSpec spec = random_spec(TokenizerModel::kUnigram, random);
    spec.float_sums = round % 2 == 0;
    spec.scores[0] = 0;
    const auto tokenizer = create_tokenizer(spec);
    const double unknown = *std::min_element(spec.scores.begin() + 1, spec.scores.end()) - 10;
    for (int i = 0; i < 20; ++i) {
      const std::string word = random_word(random);
      double sum = 0;
      std::string text;
      for (const int32_t id : tokenizer->encode(word, kPlain)) {
        sum += id == 0 ? unknown : spec.scores[static_cast<size_t>(id)];
        text += id == 0 ? word.substr(text.size(), 1) : spec.tokens[static_cast<size_t>(id)];
      }
      ASSERT_EQ(text, word);
      ASSERT_EQ(sum, best_sum(spec, word, unknown)) << word;
    }
  }
}

/// A map whose letters a lead back to where they came from.
std::string circular_map() {
  std::vector<uint32_t> units(0x200);
  units[0] = 0x100 << 10;
  units[0x100 ^ 'a'] = uint32_t{'a'} << 10 | 'a';
  const auto size = static_cast<uint32_t>(units.size() * sizeof units[0]);
  std::string blob(reinterpret_cast<const char*>(&size), sizeof size);
  blob.append(reinterpret_cast<const char*>(units.data()), size);
  return blob += std::string("x\0", 2);
}

TEST(Kinds, ACircularCharacterMapEndsSoon) {
  TokenizerSpec spec = *golden_kind("sp_unigram");
  spec.chars_map = circular_map();
  const auto tokenizer = create_tokenizer(spec);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(tokenizer->encode(std::string(1000000, 'a'), kPlain).empty());
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  EXPECT_LT(time.count(), 20);  // 0.5 s as built for release
}

// What one stranger's character could become, and how long a token could be, is bounded.
TEST(Kinds, RefusesWhatWouldMakeEncodingDear) {
  TokenizerSpec dear = *golden_kind("sp_unigram");
  dear.tokens.back() = std::string(1025, 'x');
  auto made = Tokenizer::create(dear);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("1025 bytes"), std::string::npos) << made.error().message();
  dear = *golden_kind("sp_unigram");
  ASSERT_FALSE(dear.chars_map.empty());
  dear.chars_map += std::string(257, 'x');
  made = Tokenizer::create(dear);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("precompiled_charsmap"), std::string::npos) << made.error().message();
}

TEST(UnicodeForm, IsThatOfHuggingFace) {
  std::string every;
  for (uint32_t code = 0; code < 0x110000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    if (code > 0) every += '\n';
    append_utf8(code, &every);
  }
  const Json kinds = golden_kinds();
  const auto mixed = kinds["mixed"].get<std::string>();
  for (const auto form : {UnicodeForm::kNfc, UnicodeForm::kNfd, UnicodeForm::kNfkc, UnicodeForm::kNfkd}) {
    const Json& expected = kinds["forms"][std::string(unicode_form_name(form))];
    EXPECT_EQ(fnv(in_form(every, form)), expected["every"]) << unicode_form_name(form);
    EXPECT_EQ(fnv(in_form(mixed, form)), expected["mixed"]) << unicode_form_name(form);
  }
  EXPECT_EQ(in_form("a\xFF\u0301", UnicodeForm::kNfc), "a\xFF\u0301");  // bytes part the text
  EXPECT_EQ(in_form("xe\u0301y", UnicodeForm::kNfc), "x\u00E9y");
}

}  // namespace
}  // namespace tern
