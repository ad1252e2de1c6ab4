#pragma once
// Tests only: the golden tokenizers that are no byte-level BPE (tests/golden/tokenizer/generate_kinds.py).
#include <map>

#include "tokenizer/golden_files.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/spec_testing.h"

namespace tern {

inline Json replace_blanks() {
  return {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kBlankMark}};
}
inline Json prepend_blank() {
  return {{"type", "Prepend"}, {"prepend", kBlankMark}};
}
inline Json sequence_of(Json steps) {
  return {{"type", "Sequence"}, {"normalizers", std::move(steps)}};
}
inline Json metaspace(const char* scheme, bool split) {
  return {{"type", "Metaspace"}, {"replacement", kBlankMark}, {"prepend_scheme", scheme}, {"split", split}};
}

/// Normalizer and pre-tokenizer by the names that the generator gives them.
inline std::map<std::string, std::pair<Json, Json>> pipelines() {
  return {{"prepend", {sequence_of({prepend_blank(), replace_blanks()}), nullptr}},
          {"first", {nullptr, metaspace("first", false)}},
          {"always", {nullptr, metaspace("always", true)}},
          {"gemma",
           {replace_blanks(),
            {{"type", "Split"},
             {"pattern", {{"String", " "}}},
             {"behavior", "MergedWithPrevious"},
             {"invert", false}}}},
          {"nfkc",
           {sequence_of({{{"type", "NFKC"}}, prepend_blank(), replace_blanks()}), metaspace("never", true)}},
          {"nfd", {{{"type", "NFD"}}, metaspace("first", true)}}};
}

/// tokenizer.json of "hf_bpe gemma", "qwen2" and so on.
inline Json golden_kind_json(const std::string& name) {
  const size_t blank = name.find(' ');
  Json json =
      name == "qwen2" ? golden_json() : *parse_json(read_golden(name.substr(0, blank) + ".json"), name);
  const auto pipeline = name == "qwen2" ? std::pair{Json{{"type", "NFC"}}, kQwen2PreTokenizer}
                                        : pipelines().at(name.substr(blank + 1));
  json["normalizer"] = pipeline.first;
  json["pre_tokenizer"] = pipeline.second;
  return json;
}

/// The same, and "sp_bpe" and so on.
inline Result<TokenizerSpec> golden_kind(const std::string& name) {
  if (name.starts_with("sp_")) return tokenizer_spec_from_sentencepiece(read_golden(name + ".model"), name);
  return tokenizer_spec_from_hf_json(golden_kind_json(name), nullptr, name);
}

inline Json golden_kinds() {
  return *parse_json(read_golden("kinds.json"), "kinds.json");
}

/// The texts whose hashes are in kinds.json, in their order.
inline std::vector<std::string> kind_texts() {
  std::vector<std::string> texts;
  for (const Json& line : read_golden_lines("cases.jsonl")) texts.push_back(line["text"]);
  const Json kinds = golden_kinds();
  for (const Json& text : kinds["texts"]) texts.push_back(text);
  return texts;
}

/// Every golden tokenizer of characters, by name.
inline std::vector<NamedSpec> character_specs() {
  std::vector<NamedSpec> specs;
  const Json kinds = golden_kinds();
  for (const auto& [name, hashes] : kinds["hashes"].items()) {
    if (name == "qwen2") continue;
    auto spec = golden_kind(name);
    if (!spec) {
      ADD_FAILURE() << spec.error().message();
      continue;
    }
    specs.push_back({name, std::move(*spec)});
  }
  return specs;
}

}  // namespace tern
