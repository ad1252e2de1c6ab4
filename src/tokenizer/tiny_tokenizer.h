#pragma once
// Tests only: a small tokenizer with something of everything.
#include <string>
#include <utility>

#include "base/json.h"
#include "tokenizer/tokenizer.h"

namespace tern::testing {

/// tokenizer.json of the bytes and a few words, with an end of turn.
inline Json tiny_tokenizer() {
  Json vocab = Json::object();
  for (int byte = 0; byte < 256; ++byte)
    vocab[apply_byte_map(std::string(1, static_cast<char>(byte)))] = byte;
  const std::pair<const char*, const char*> merges[] = {
      {"h", "e"}, {"l", "l"}, {"he", "ll"}, {"hell", "o"}, {"\xC4\xA0", "t"}};
  Json list = Json::array();
  for (const auto& [left, right] : merges) {
    vocab[std::string(left) + right] = vocab.size();
    list.push_back({left, right});
  }
  return {{"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", list}, {"ignore_merges", false}}},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"normalizer", nullptr},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", {{{"SpecialToken", {{"id", "<s>"}}}}, {{"Sequence", {{"id", "A"}}}}}},
            {"special_tokens", {{"<s>", {{"ids", {261}}}}}}}},
          {"added_tokens",
           {{{"id", 261}, {"content", "<s>"}, {"special", true}, {"normalized", false}, {"lstrip", false}},
            {{"id", 262}, {"content", "<|eot_id|>"}, {"special", true}, {"normalized", false}},
            {{"id", 263}, {"content", "hi there"}, {"special", false}, {"normalized", true}}}}};
}

}  // namespace tern::testing
