// The readers of a TokenizerSpec: what they accept, and how they name what they refuse.
#include <gtest/gtest.h>

#include <algorithm>

#include "tokenizer/kinds_testing.h"

namespace tern {
namespace {

constexpr Tokenizer::EncodeOptions kPlain{.add_bos = false, .parse_special = false};

void expect_error(const Result<TokenizerSpec>& spec, ErrorCode code, std::string_view message) {
  ASSERT_FALSE(spec) << message;
  EXPECT_EQ(spec.error().code(), code) << spec.error().message();
  EXPECT_NE(spec.error().message().find(message), std::string::npos) << spec.error().message();
}

Result<TokenizerSpec> read(const Json& json, const Json& config = nullptr) {
  return tokenizer_spec_from_hf_json(json, config, "t.json");
}

/// Sets a value deep in the golden tokenizer.json.
Json with(const std::string& pointer, Json value) {
  Json json = golden_json();
  json[Json::json_pointer(pointer)] = std::move(value);
  return json;
}

TEST(ByteMap, UndoesGpt2) {
  EXPECT_EQ(undo_byte_map("\u0120hello\u010A"), " hello\n");
  EXPECT_EQ(undo_byte_map("\u00E4\u00B8\u0143"), "\xE4\xB8\xAD");
  EXPECT_EQ(undo_byte_map(""), "");
  for (const std::string_view unmapped :
       {" ", "\n", "\u00A0", "\u00AD", "\u0144", "\u4E2D", "\xFF", "a\xC4"}) {
    EXPECT_EQ(undo_byte_map(unmapped), std::nullopt) << unmapped;
  }
}

TEST(HfJson, ReadsBothSpellingsOfMerges) {
  Json json = golden_json();
  ASSERT_TRUE(json["model"]["merges"][0].is_array());
  const auto arrays = read(json);
  for (Json& merge : json["model"]["merges"])
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  const auto strings = read(json);
  ASSERT_TRUE(arrays && strings);
  ASSERT_EQ(arrays->merges.size(), strings->merges.size());
  for (size_t i = 0; i < arrays->merges.size(); ++i)
    EXPECT_EQ(arrays->merges[i].result, strings->merges[i].result);
}

TEST(HfJson, AnOldFileTellsItsModelByMerges) {
  Json json = golden_json();
  json["model"].erase("type");
  const auto spec = read(json);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->merges.size(), read(golden_json())->merges.size());
  json["model"].erase("merges");
  expect_error(read(json), ErrorCode::kUnsupported, "model '?'");
}

// The library counts the scores of the vocabulary alone.
TEST(HfJson, AddedTokensOfAUnigramHaveItsLowestScore) {
  Json json = golden_kind_json("hf_unigram first");
  for (Json& entry : json["model"]["vocab"]) entry[1] = entry[1].get<double>() + 100;
  const size_t size = json["model"]["vocab"].size();
  json["added_tokens"].push_back(
      {{"id", size}, {"content", "<x>"}, {"special", true}, {"normalized", false}});
  const auto spec = read(json);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_GT(spec->scores.at(size), 0);
  EXPECT_EQ(spec->scores[size], *std::min_element(spec->scores.begin(), spec->scores.end()));
}

TEST(HfJson, ReadsSpecialTokensAndConfig) {
  auto spec =
      read(golden_json(), {{"eos_token", {{"content", "<|eot_id|>"}}}, {"bos_token", "<|begin_of_text|>"}});
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->bos, 1200);
  EXPECT_EQ(spec->eos, 1202);
  EXPECT_TRUE(spec->add_bos);
  EXPECT_EQ(spec->always_matched, (std::vector<int32_t>{1203, 1204, 1205}));
  spec = read(golden_json(), {{"add_bos_token", false}});
  EXPECT_FALSE(spec->add_bos);
  spec = read(with("/post_processor", nullptr), {{"add_bos_token", true}, {"bos_token", "<|end_of_text|>"}});
  EXPECT_TRUE(spec->add_bos);
  EXPECT_EQ(spec->bos, 1201);
  spec = read(with("/post_processor", {{"type", "ByteLevel"}}), {{"bos_token", "<|end_of_text|>"}});
  EXPECT_FALSE(spec->add_bos);
}

TEST(HfJson, NamesWhatItDoesNotSupport) {
  const auto unsupported = [](const std::string& pointer, Json value, std::string_view message) {
    expect_error(read(with(pointer, std::move(value))), ErrorCode::kUnsupported, message);
  };
  unsupported("/normalizer", {{"type", "Lowercase"}}, "normalizer 'Lowercase'");
  unsupported("/normalizer", {{"type", "Sequence"}, {"normalizers", {{{"type", "Nmt"}}}}},
              "normalizer 'Nmt'");
  unsupported("/normalizer", {{"type", "Prepend"}, {"prepend", "\u2581"}}, "normalizer 'Prepend'");
  unsupported("/normalizer", {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "NFC"}}}}},
              "normalizer 'NFC'");
  unsupported("/model/type", "WordPiece", "model 'WordPiece'");
  unsupported("/model/byte_fallback", true, "byte_fallback");
  unsupported("/model/dropout", 0.1, "dropout");
  unsupported("/model/end_of_word_suffix", "</w>", "end_of_word_suffix");
  unsupported("/decoder/type", "Metaspace", "decoder 'Metaspace'");
  unsupported("/pre_tokenizer", nullptr, "pre_tokenizer null");
  unsupported("/pre_tokenizer", {{"type", "Whitespace"}}, "Whitespace");
  unsupported("/pre_tokenizer/pretokenizers/0/pattern/Regex", "\\p{N}{1,2}", "\\\\p{N}{1,2}");
  unsupported("/pre_tokenizer/pretokenizers/0/behavior", "Removed", "Removed");
  unsupported("/pre_tokenizer/pretokenizers/0/invert", true, "invert");
  unsupported("/pre_tokenizer/pretokenizers/1/add_prefix_space", true, "pre_tokenizer");
  unsupported("/added_tokens/0/lstrip", true, "lstrip");
  unsupported("/added_tokens/0/single_word", true, "single_word");
  unsupported("/post_processor/type", "BertProcessing", "BertProcessing");
  Json appended = golden_json();
  Json& single = appended["post_processor"]["single"];
  single.push_back(single[0]);
  single.push_back(single[0]);
  expect_error(read(appended), ErrorCode::kUnsupported, "post_processor");
  unsupported("/post_processor/single", Json::array(), "drops the text");
  unsupported("/post_processor/single", {single[0]}, "drops the text");
  unsupported("/post_processor/single", {single[1], single[1]}, "more than the text");
  unsupported("/post_processor/single/1/Sequence/id", "B", "more than the text");
  // Ids that Hugging Face would give otherwise: after a gap, and out of order.
  unsupported("/added_tokens/5/id", 1206, "has id 1206: Hugging Face gives it 1205");
  Json swapped = golden_json();
  std::swap(swapped["added_tokens"][0], swapped["added_tokens"][1]);
  expect_error(read(swapped), ErrorCode::kUnsupported, "Hugging Face gives it 1200");
  Json smollm = golden_json();
  smollm["pre_tokenizer"] = kSmolLmPreTokenizer;
  smollm["pre_tokenizer"]["pretokenizers"][0]["individual_digits"] = false;
  expect_error(read(smollm), ErrorCode::kUnsupported, "Digits");
}

TEST(HfJson, NamesWhatIsBroken) {
  const auto bad = [](const std::string& pointer, Json value, std::string_view message) {
    expect_error(read(with(pointer, std::move(value))), ErrorCode::kBadFile, message);
  };
  for (const Json& not_a_tokenizer : {Json(), Json(3), Json::array(), Json::object(), Json("x")}) {
    expect_error(read(not_a_tokenizer), ErrorCode::kBadFile, "t.json: model is missing");
  }
  bad("/model/vocab", Json::array(), "model.vocab");
  bad("/model/vocab/the", -1, "'the' has no id");
  bad("/model/vocab/the", 1u << 30, "'the' has no id");
  bad("/model/vocab/the", "1", "'the' has no id");
  bad("/model/vocab/the", 0, "given twice");
  bad("/model/merges", nullptr, "model.merges");
  bad("/model/merges/0", "abc", "merge 0");
  bad("/model/merges/0", "a b c", "merge 0");
  bad("/model/merges/0", {"q", "zzz"}, "'zzz' is not in the vocabulary");
  bad("/model/merges/0", 7, "entry 0");
  bad("/added_tokens", 1, "added_tokens");
  bad("/added_tokens/0", 1, "added_tokens");
  bad("/added_tokens/0/content", "", "no content");
  bad("/added_tokens/0/id", nullptr, "has no id");
  bad("/added_tokens/0/id", 5, "takes id 5");
  bad("/added_tokens/0/content", "a", "in model.vocab");
  bad("/pre_tokenizer/pretokenizers", 1, "pretokenizers");
  bad("/post_processor/single", 1, "single");
  bad("/post_processor/single/0/Sequence", {{"id", "A"}}, "without one kind");
  bad("/post_processor/special_tokens", Json::object(), "no single id");
  bad("/model/unk_token", "nope", "unk_token 'nope'");
  bad("/model/ignore_merges", "yes", "ignore_merges");
  expect_error(read(golden_json(), {{"eos_token", 3}}), ErrorCode::kBadFile, "eos_token");
  expect_error(read(golden_json(), 3), ErrorCode::kBadFile, "tokenizer_config");
}

TEST(HfJson, IdsWithoutATokenAreUnused) {
  Json json = with("/model/vocab/zzzzz", 2000);
  json["added_tokens"] = Json::array();
  json["post_processor"] = nullptr;
  const auto spec = read(json);
  ASSERT_TRUE(spec);
  ASSERT_EQ(spec->tokens.size(), 2001);
  EXPECT_EQ(spec->kinds[1999], TokenKind::kUnused);
  EXPECT_TRUE(Tokenizer::create(*spec));
}

TEST(Tiktoken, HasThe256SpecialTokensOfLlama3) {
  const auto tokenizer =
      create_tokenizer(tokenizer_spec_from_tiktoken(read_golden("ranks.tiktoken"), "ranks"));
  ASSERT_EQ(tokenizer->vocab_size(), 1200 + 256);
  const std::pair<const char*, int> names[] = {{"<|begin_of_text|>", 0},
                                               {"<|end_of_text|>", 1},
                                               {"<|reserved_special_token_0|>", 2},
                                               {"<|reserved_special_token_3|>", 5},
                                               {"<|start_header_id|>", 6},
                                               {"<|end_header_id|>", 7},
                                               {"<|reserved_special_token_4|>", 8},
                                               {"<|eot_id|>", 9},
                                               {"<|reserved_special_token_5|>", 10},
                                               {"<|reserved_special_token_250|>", 255}};
  for (const auto& [name, index] : names) EXPECT_EQ(tokenizer->find_special(name), 1200 + index) << name;
  EXPECT_EQ(tokenizer->encode("", {}), std::vector<int32_t>{1200});
  EXPECT_EQ(tokenizer->spec().eos, 1201);
}

TEST(Tiktoken, NamesTheBrokenLine) {
  const auto bad = [](std::string_view file, std::string_view message) {
    expect_error(tokenizer_spec_from_tiktoken(file, "f"), ErrorCode::kBadFile, message);
  };
  bad("", "no tokens");
  bad("YQ== 0\nYg==\n", "f:2");
  bad("YQ== 0\nYg== 2\n", "f:2: rank 2 where 1");
  bad("YQ= 0\n", "f:1");
  bad("Y*== 0\n", "f:1");
  bad("=Q== 0\n", "f:1");
  bad("YQ== 0x\n", "f:1");
  bad(" 0\n", "f:1");
  bad("YQ== 99999999999999999999\n", "f:1");
  EXPECT_TRUE(tokenizer_spec_from_tiktoken("YQ== 0\r\nYg== 1", "f"));
}

TEST(HfJson, AddedTokensOfTheVocabularyKeepTheirIds) {
  // As SmolLM2 has them: the first tokens of the vocabulary.
  Json json = golden_json();
  Json first = json["added_tokens"][0];
  first["id"] = json["model"]["vocab"]["zz"] = 1200;
  first["content"] = "zz";
  for (Json& token : json["added_tokens"]) token["id"] = token["id"].get<int>() + 1;
  json["added_tokens"].insert(json["added_tokens"].begin(), first);
  json["post_processor"] = nullptr;
  const auto spec = read(json);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->tokens[1200], "zz");
  EXPECT_EQ(spec->tokens[1203], "<|eot_id|>");
}

TEST(Tiktoken, WorkOfLoadingIsBounded) {
  const auto create = [](const std::vector<std::string>& more) {
    TokenizerSpec spec;
    for (int byte = 0; byte < 256; ++byte) spec.tokens.emplace_back(1, static_cast<char>(byte));
    spec.tokens.insert(spec.tokens.end(), more.begin(), more.end());
    spec.kinds.assign(spec.tokens.size(), TokenKind::kNormal);
    spec.merges_by_rank = true;
    return Tokenizer::create(std::move(spec));
  };
  EXPECT_TRUE(create({std::string(128, 'a')}));
  EXPECT_FALSE(create({std::string(129, 'a')}));
  std::vector<std::string> runs;  // every cut of each is a pair
  for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}) {
    for (size_t n = 2; n <= 128; ++n) runs.emplace_back(n, letter);
  }
  const auto all = create(runs);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code(), ErrorCode::kUnsupported);
}

/// The golden vocabulary as a GGUF file has it.
struct GoldenGguf {
  std::vector<std::string> tokens, merges;
  GgufTokenizerFields fields;

  GoldenGguf() {
    const Json json = golden_json();
    tokens.resize(1206);
    for (const auto& [token, id] : json["model"]["vocab"].items()) tokens[id.get<size_t>()] = token;
    for (const Json& merge : json["model"]["merges"]) {
      merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
    }
    fields.token_types.assign(1200, 1);
    for (const Json& added : json["added_tokens"]) {
      tokens[added["id"].get<size_t>()] = added["content"];
      fields.token_types.push_back(added["special"].get<bool>() ? 3 : 4);
    }
    fields.model = "gpt2";
    fields.pre = "llama-bpe";
    fields.tokens = &tokens;
    fields.merges = &merges;
    fields.bos = 1200;
  }
};

TEST(Gguf, EqualsTokenizerJson) {
  const GoldenGguf vocabulary;
  const auto ours = create_tokenizer(tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf"));
  const auto expected = golden_tokenizer();
  for (const Json& line : read_golden_lines("cases.jsonl")) {
    const auto text = line["text"].get<std::string>();
    for (const bool parse : {false, true}) {
      const Tokenizer::EncodeOptions options{.add_bos = true, .add_eos = true, .parse_special = parse};
      EXPECT_EQ(ours->encode(text, options), expected->encode(text, options)) << line["text"];
    }
  }
}

TEST(Gguf, AddsBosAsLlamaCppDoes) {
  GoldenGguf vocabulary;
  const auto adds_bos = [&] { return tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf")->add_bos; };
  EXPECT_TRUE(adds_bos());
  vocabulary.fields.add_bos = false;
  EXPECT_FALSE(adds_bos());
  vocabulary.fields.add_bos.reset();
  vocabulary.fields.pre = "smollm";
  EXPECT_FALSE(adds_bos());
  EXPECT_FALSE(tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf")->ignore_merges);
}

TEST(Gguf, BytesAloneHaveNoMerges) {
  GoldenGguf vocabulary;
  vocabulary.tokens.resize(256);
  vocabulary.fields.token_types.clear();
  vocabulary.merges.clear();
  vocabulary.fields.bos = -1;
  const auto tokenizer = create_tokenizer(tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf"));
  const std::string text = "h\xC3\xA9\xFF";
  const auto ids = tokenizer->encode(text, kPlain);
  EXPECT_EQ(ids.size(), 4);
  EXPECT_EQ(tokenizer->decode(ids), text);
}

TEST(Gguf, NamesWhatIsWrong) {
  const auto expect = [](ErrorCode code, std::string_view message, auto change) {
    GoldenGguf vocabulary;
    change(&vocabulary);
    expect_error(tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf"), code, message);
  };
  expect(ErrorCode::kUnsupported, "m.gguf: tokenizer.ggml.model 'bert'",
         [](auto* v) { v->fields.model = "bert"; });
  for (const char* pre : {"tekken", "default", "metaspace"}) {
    expect(ErrorCode::kUnsupported, "m.gguf: tokenizer.ggml.pre '", [&](auto* v) { v->fields.pre = pre; });
  }
  expect(ErrorCode::kUnsupported, "type 6", [](auto* v) { v->fields.token_types[3] = 6; });
  expect(ErrorCode::kBadFile, "tokens is missing", [](auto* v) { v->fields.tokens = nullptr; });
  expect(ErrorCode::kBadFile, "merges is missing", [](auto* v) { v->fields.merges = nullptr; });
  expect(ErrorCode::kBadFile, "1205 entries for 1206", [](auto* v) { v->fields.token_types.pop_back(); });
  expect(ErrorCode::kBadFile, "merge 0", [](auto* v) { v->merges[0] = "ab"; });
  expect(ErrorCode::kBadFile, "'zzzz' is not in the vocabulary", [](auto* v) { v->merges[1] = "a zzzz"; });
}

/// A vocabulary of characters as a GGUF file has it.
struct CharacterGguf {
  std::vector<std::string> tokens = {"<unk>", "<s>", "</s>", "\u2581", "a", "\u2581a", "<x>", "a b"};
  GgufTokenizerFields fields;

  explicit CharacterGguf(const char* model) {
    fields.model = model;
    fields.tokens = &tokens;
    fields.token_types = {2, 3, 3, 1, 1, 1, 4, 4};
    fields.scores.assign(tokens.size(), -1);
    fields.bos = 1;
    fields.eos = 2;
  }
};

TEST(GgufOfCharacters, HasLlamaCppsRulesUnlessItSaysOtherwise) {
  const auto llama = tokenizer_spec_from_gguf_fields(CharacterGguf("llama").fields, "m.gguf");
  const auto t5 = tokenizer_spec_from_gguf_fields(CharacterGguf("t5").fields, "m.gguf");
  ASSERT_TRUE(llama && t5);
  EXPECT_TRUE(llama->add_prefix_space);
  EXPECT_TRUE(llama->add_bos);
  EXPECT_FALSE(t5->add_prefix_space);
  EXPECT_TRUE(t5->add_eos);
  // Text in which blanks are marks has no such token.
  EXPECT_EQ(llama->kinds[7], TokenKind::kUnused);
  const auto tokenizer = create_tokenizer(llama);
  EXPECT_EQ(tokenizer->spec().kinds[6], TokenKind::kUserDefined);
}

TEST(GgufOfCharacters, NamesWhatIsWrong) {
  const auto expect = [](ErrorCode code, std::string_view message, auto change) {
    CharacterGguf vocabulary("llama");
    change(&vocabulary.fields);
    expect_error(tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf"), code, message);
  };
  for (const int64_t byte : {256, -129}) {
    expect(ErrorCode::kBadFile, fmt::format("precompiled_charsmap: {} is no byte", byte), [&](auto* fields) {
      fields->chars_map = {0, byte};
    });
  }
  const auto rules = [&](ErrorCode code, std::string_view message, const char* json) {
    expect(code, message, [&](auto* fields) { fields->rules = json; });
  };
  rules(ErrorCode::kBadFile, "tokenizer.tern is no JSON object", "[]");
  rules(ErrorCode::kUnsupported, "'later' is not known here", R"({"later": 1})");
  rules(ErrorCode::kBadFile, "form 'NFX' is not known", R"({"form": "NFX"})");
  rules(ErrorCode::kBadFile, "prefix_once", R"({"prefix_once": 1})");
  for (const int id : {-1, 1, 4, 8})
    rules(ErrorCode::kBadFile, fmt::format("matched_first: {} is no user defined token", id),
          fmt::format(R"({{"matched_first": [{}]}})", id).c_str());
  rules(ErrorCode::kBadFile, "matched_first: 6 is no", R"({"matched_first": [6, 6]})");
  GoldenGguf bytes;
  bytes.fields.rules = R"({"prefix_once": true})";
  expect_error(tokenizer_spec_from_gguf_fields(bytes.fields, "m.gguf"), ErrorCode::kUnsupported,
               "'prefix_once' is not known here");
}

TEST(GgufOfCharacters, AddedTokensComeFirst) {
  CharacterGguf vocabulary("llama");
  vocabulary.tokens[6] = "<\u2581>";
  vocabulary.fields.rules = R"({"matched_first": [6, 7]})";
  const auto spec = tokenizer_spec_from_gguf_fields(vocabulary.fields, "m.gguf");
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->always_matched, (std::vector<int32_t>{6, 7}));
  EXPECT_EQ(spec->tokens[6], "<\u2581>");  // looked for in text as it is
  EXPECT_EQ(spec->tokens[7], "a b");
}

/// A tokenizer.json of characters with one more added token, which has the id of the vocabulary.
Result<TokenizerSpec> with_added(const std::string& kind, const std::string& token, bool normalized) {
  Json json = golden_kind_json(kind);
  int id = -1;
  const Json& vocabulary = json["model"]["vocab"];
  if (vocabulary.is_object()) {
    id = vocabulary.value(token, -1);
  } else {
    for (size_t i = 0; i < vocabulary.size(); ++i) {
      if (vocabulary[i][0] == token) id = static_cast<int>(i);
    }
  }
  json["added_tokens"].push_back(
      {{"id", id}, {"content", token}, {"special", false}, {"normalized", normalized}});
  return read(json);
}

// Hugging Face cuts text at added tokens before, or after, the model has made the same out of it.
TEST(HfJson, AddedTokensThatTextGivesTooAreRefused) {
  const std::string the = std::string(kBlankMark) + "the", blank(kBlankMark);
  expect_error(with_added("hf_unigram first", the, false), ErrorCode::kUnsupported,
               "is a word of the vocabulary");
  expect_error(with_added("hf_bpe prepend", blank + "a", false), ErrorCode::kUnsupported,
               "is a word of the vocabulary");
  // A blank itself is hardly ever written as a mark; but one that counts as text as well is in every text.
  const auto early = with_added("hf_bpe prepend", blank, false),
             late = with_added("hf_bpe prepend", blank, true);
  ASSERT_TRUE(early) << early.error().message();
  EXPECT_TRUE(Tokenizer::create(*early));
  if (late) {
    const auto made = Tokenizer::create(*late);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), ErrorCode::kUnsupported) << made.error().message();
  } else {
    EXPECT_EQ(late.error().code(), ErrorCode::kUnsupported) << late.error().message();
  }
}

}  // namespace
}  // namespace tern
