#pragma once
// The golden tokenizer of the tests (tests/golden/tokenizer/generate.py) and its lines.
#include <gtest/gtest.h>

#include <sstream>

#include "base/json.h"
#include "base/testing.h"
#include "tokenizer/hf_pipeline.h"
#include "tokenizer/tokenizer.h"

namespace tern {

inline std::string read_golden(const std::string& name) {
  return testing::read_file(testing::golden("tokenizer/" + name));
}

inline std::vector<Json> read_golden_lines(const std::string& name) {
  std::vector<Json> lines;
  std::istringstream file(read_golden(name));
  for (std::string line; std::getline(file, line);) lines.push_back(*parse_json(line, name));
  EXPECT_FALSE(lines.empty());
  return lines;
}

inline Json golden_json() {
  return *parse_json(read_golden("tokenizer.json"), "tokenizer.json");
}

inline const Json kGpt2PreTokenizer = {
    {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
inline const Json kSmolLmPreTokenizer = {
    {"type", "Sequence"},
    {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, kGpt2PreTokenizer}}};

inline const Json kQwen2PreTokenizer = {
    {"type", "Sequence"},
    {"pretokenizers",
     {{{"type", "Split"}, {"pattern", {{"Regex", kQwen2Regex}}}, {"behavior", "Isolated"}, {"invert", false}},
      {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};

inline std::unique_ptr<Tokenizer> create_tokenizer(Result<TokenizerSpec> spec) {
  if (!spec) {
    ADD_FAILURE() << spec.error().message();
    return nullptr;
  }
  auto tokenizer = Tokenizer::create(std::move(*spec));
  if (!tokenizer) {
    ADD_FAILURE() << tokenizer.error().message();
    return nullptr;
  }
  return std::move(*tokenizer);
}

inline std::unique_ptr<Tokenizer> golden_tokenizer(const Json& json = golden_json()) {
  return create_tokenizer(tokenizer_spec_from_hf_json(json, nullptr, "tokenizer.json"));
}

}  // namespace tern
