#include "tokenizer/export_hf.h"

#include <gtest/gtest.h>

#include "tokenizer/export_gguf.h"
#include "tokenizer/spec_testing.h"

namespace tern {
namespace {

Result<TokenizerSpec> through_hf(const TokenizerSpec& spec) {
  TERN_ASSIGN(const Json json, tokenizer_json(spec));
  // As a file: what JSON cannot hold would be lost here.
  TERN_ASSIGN(const Json reread, parse_json_unique_keys(dump_json(json), "tokenizer.json"));
  return tokenizer_spec_from_hf_json(reread, tokenizer_config_json(spec, "", {}), "tokenizer.json");
}

TEST(TokenizerJson, GivesTheTokenizerBack) {
  std::vector<NamedSpec> specs = every_spec();
  specs.push_back({"awkward", awkward_spec()});
  TokenizerSpec prefix = specs[2].spec;
  prefix.add_prefix_space = true;
  specs.push_back({"prefix", prefix});
  TokenizerSpec no_bos = specs[0].spec;
  no_bos.add_bos = false;
  specs.push_back({"no_bos", no_bos});
  for (const auto& [name, spec] : specs) {
    const auto read = through_hf(spec);
    ASSERT_TRUE(read) << name << ": " << read.error().message();
    expect_same_spec(*read, spec, name);
    expect_same_ids(*read, spec, name);
  }
}

/// The golden file is Hugging Face's own writing: everything but the processor of pairs comes back as it was.
TEST(TokenizerJson, IsWhatHuggingFaceWrites) {
  Json expected = golden_json();
  Json written = *tokenizer_json(every_spec()[0].spec);
  for (Json* json : {&expected, &written}) (*json)["post_processor"].erase("pair");
  EXPECT_EQ(written, expected);
}

/// tests/golden/tokenizer/export.py has loaded this file with Hugging Face `tokenizers` and noted its ids.
TEST(TokenizerJson, HuggingFaceGivesTheSameIds) {
  const TokenizerSpec spec = awkward_spec();
  const std::string written = dump_json(*tokenizer_json(spec)) + "\n";
  if (written != read_golden("exported.json")) {
    const std::string path = ::testing::TempDir() + "exported.json";
    testing::write_file(path, written);
    ADD_FAILURE() << "another file than Hugging Face was asked about: check " << path << " with export.py";
  }
  const auto tokenizer = create_tokenizer(spec);
  size_t special = 0;
  for (const Json& line : read_golden_lines("exported.jsonl")) {
    const auto text = line["text"].get<std::string>();
    const auto plain = line["ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(tokenizer->encode(text, {.add_bos = false, .parse_special = false}), plain) << line["text"];
    if (!line.contains("special")) continue;
    ++special;
    EXPECT_EQ(tokenizer->encode(text, {.add_bos = true, .add_eos = true, .parse_special = true}),
              line["special"].get<std::vector<int32_t>>())
        << line["text"];
  }
  EXPECT_GT(special, 3u);
}

TEST(TokenizerJson, RefusesWhatTheFormatCannotSay) {
  const TokenizerSpec golden = every_spec()[0].spec;
  TokenizerSpec prefix = golden, broken = golden, twice = golden, unused = golden;
  prefix.add_prefix_space = true;
  broken.tokens.back() = "\xFF";
  twice.tokens[1203] =
      "\u0120the";  // an added token that is spelled as " the" is; the gap puts both in one table
  twice.tokens[1205] = "";
  twice.kinds[1205] = TokenKind::kUnused;
  twice.always_matched = {1203};
  twice.kinds[5] = TokenKind::kUnused;
  twice.merges.clear();
  unused.kinds[static_cast<size_t>(unused.merges[0].result)] = TokenKind::kUnused;
  for (const TokenizerSpec& spec : {prefix, broken, twice, unused}) {
    const auto written = tokenizer_json(spec);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), ErrorCode::kUnsupported) << written.error().message();
  }
}

TEST(TokenizerConfigJson, NamesTheTokens) {
  TokenizerSpec spec = every_spec()[0].spec;
  const Json config = tokenizer_config_json(spec, "{{ messages }}", std::vector<int32_t>{1201});
  EXPECT_EQ(config["bos_token"], "<|begin_of_text|>");
  EXPECT_EQ(config["eos_token"], "<|eot_id|>");
  EXPECT_EQ(config["chat_template"], "{{ messages }}");
  EXPECT_EQ(config["add_bos_token"], true);
  EXPECT_FALSE(config.contains("unk_token"));
  spec.eos = -1;
  spec.bos = 5;  // no added token
  spec.unk = 1206;
  const Json other = tokenizer_config_json(spec, "", std::vector<int32_t>{1201});
  EXPECT_EQ(other["eos_token"], "<|end_of_text|>");
  for (const char* key : {"bos_token", "unk_token", "chat_template"})
    EXPECT_FALSE(other.contains(key)) << key;
}

/// GGUF and back, with the vocabulary filled up to the embedding's rows.
TEST(TokenizerJson, AndGgufVocabularyGiveTheSame) {
  for (const auto& [name, spec] : every_spec()) {
    const auto vocabulary = gguf_vocabulary(spec, 1600);
    ASSERT_TRUE(vocabulary);
    const auto from_gguf = tokenizer_spec_from_gguf_fields(fields_of(*vocabulary, spec), name);
    ASSERT_TRUE(from_gguf) << from_gguf.error().message();
    EXPECT_EQ(*tokenizer_json(*from_gguf), *tokenizer_json(spec)) << name;
  }
}

}  // namespace
}  // namespace tern
