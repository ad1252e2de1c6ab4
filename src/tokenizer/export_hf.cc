#include "tokenizer/export_hf.h"

#include <algorithm>
#include <vector>

#include "tokenizer/bpe.h"
#include "tokenizer/hf_pipeline.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

Json byte_level(bool add_prefix_space, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

Json sequence(Json first, Json second) {
  return {{"type", "Sequence"}, {"pretokenizers", Json::array({std::move(first), std::move(second)})}};
}

Result<Json> pre_tokenizer_json(const TokenizerSpec& spec) {
  if (spec.pre == PreTokenizer::kGpt2) return byte_level(spec.add_prefix_space, /*use_regex=*/true);
  if (spec.add_prefix_space) {
    return fail(ErrorCode::kUnsupported,
                "tokenizer.json has no {} tokenizer that puts a blank before the text",
                pre_tokenizer_name(spec.pre));
  }
  if (spec.pre == PreTokenizer::kSmolLm) {
    return sequence({{"type", "Digits"}, {"individual_digits", true}}, byte_level(false, /*use_regex=*/true));
  }
  return sequence({{"type", "Split"},
                   {"pattern", {{"Regex", kLlama3Regex}}},
                   {"behavior", "Isolated"},
                   {"invert", false}},
                  byte_level(false, /*use_regex=*/false));
}

/// How each token is written.
class Spelling {
 public:
  explicit Spelling(const TokenizerSpec& spec) : spec_(spec), added_(spec.tokens.size()) {
    for (size_t id = 0; id < added_.size(); ++id) added_[id] = spec.kinds[id] == TokenKind::kSpecial;
    for (const int32_t id : spec.always_matched) added_[static_cast<size_t>(id)] = true;
    vocabulary_has_added_ = !added_ones_follow() || (spec.unk >= 0 && is_added(spec.unk));
  }

  bool is_added(int32_t id) const { return added_[static_cast<size_t>(id)]; }
  bool in_vocabulary(int32_t id) const { return is_added(id) ? vocabulary_has_added_ : !is_left_out(id); }
  std::string text(int32_t id) const {
    const std::string& token = spec_.tokens[static_cast<size_t>(id)];
    const bool mapped = !is_added(id) && spec_.kinds[static_cast<size_t>(id)] == TokenKind::kNormal;
    return mapped ? apply_byte_map(token) : token;
  }

 private:
  /// An unused token whose letters are in the byte map would come to life in tokenizer.json.
  bool is_left_out(int32_t id) const {
    const auto i = static_cast<size_t>(id);
    if (spec_.tokens[i].empty()) return true;
    return spec_.kinds[i] == TokenKind::kUnused && undo_byte_map(spec_.tokens[i]).has_value();
  }

  /// Hugging Face gives added tokens that the vocabulary lacks the ids behind it. Whether they have those.
  bool added_ones_follow() const {
    const auto size = static_cast<int32_t>(added_.size());
    int32_t id = 0;
    while (id < size && !is_added(id) && !is_left_out(id)) ++id;
    while (id < size && is_added(id)) ++id;
    return id == size;
  }

  const TokenizerSpec& spec_;
  std::vector<bool> added_;
  bool vocabulary_has_added_ = false;
};

/// JSON holds UTF-8 alone.
Status check_texts(const TokenizerSpec& spec, const Spelling& spelling) {
  for (int32_t id = 0; id < static_cast<int32_t>(spec.tokens.size()); ++id) {
    if (!spelling.is_added(id) && !spelling.in_vocabulary(id)) continue;
    const std::string text = spelling.text(id);
    if (utf8_valid_prefix(text) == text.size()) continue;
    return fail(ErrorCode::kUnsupported, "token {} is not UTF-8, so tokenizer.json cannot hold it", id);
  }
  return {};
}

Result<Json> merges_json(const TokenizerSpec& spec, const Spelling& spelling) {
  std::vector<TokenizerSpec::Merge> ranked;
  if (spec.merges_by_rank) {
    TERN_ASSIGN(ranked, Bpe::ranked_merges(spec));
  }
  Json merges = Json::array();
  for (const auto& [left, right, result] : spec.merges_by_rank ? ranked : spec.merges) {
    for (const int32_t id : {left, right, result}) {
      if (spelling.in_vocabulary(id)) continue;
      return fail(ErrorCode::kUnsupported, "merge {} uses token {}, which no text gives", merges.size(), id);
    }
    merges.push_back(Json::array({spelling.text(left), spelling.text(right)}));
  }
  return merges;
}

Result<Json> model_json(const TokenizerSpec& spec, const Spelling& spelling) {
  Json vocabulary = Json::object();
  for (int32_t id = 0; id < static_cast<int32_t>(spec.tokens.size()); ++id) {
    if (!spelling.in_vocabulary(id)) continue;
    const auto [entry, is_new] = vocabulary.emplace(spelling.text(id), id);
    if (!is_new) {
      return fail(ErrorCode::kUnsupported, "tokens {} and {} are both '{}' in tokenizer.json",
                  entry->get<int32_t>(), id, entry.key());
    }
  }
  TERN_ASSIGN(Json merges, merges_json(spec, spelling));
  return Json{{"type", "BPE"},
              {"dropout", nullptr},
              {"unk_token", spec.unk < 0 ? Json() : Json(spelling.text(spec.unk))},
              {"continuing_subword_prefix", nullptr},
              {"end_of_word_suffix", nullptr},
              {"fuse_unk", false},
              {"byte_fallback", false},
              {"ignore_merges", spec.ignore_merges},
              {"vocab", std::move(vocabulary)},
              {"merges", std::move(merges)}};
}

Json added_tokens_json(const TokenizerSpec& spec, const Spelling& spelling) {
  std::vector<bool> late(spec.tokens.size());
  for (const int32_t id : spec.matched_late) late[static_cast<size_t>(id)] = true;
  Json tokens = Json::array();
  for (int32_t id = 0; id < static_cast<int32_t>(spec.tokens.size()); ++id) {
    if (!spelling.is_added(id)) continue;
    const auto i = static_cast<size_t>(id);
    tokens.push_back({{"id", id},
                      {"content", spec.tokens[i]},
                      {"single_word", false},
                      {"lstrip", false},
                      {"rstrip", false},
                      {"normalized", static_cast<bool>(late[i])},
                      {"special", spec.kinds[i] == TokenKind::kSpecial}});
  }
  return tokens;
}

/// bos in front of a text, and of each of a pair.
Json post_processor_json(const TokenizerSpec& spec) {
  if (!spec.add_bos) return byte_level(/*add_prefix_space=*/true, /*use_regex=*/true);  // moves offsets only
  const std::string& text = spec.tokens[static_cast<size_t>(spec.bos)];
  const auto bos = [&](int type) { return Json{{"SpecialToken", {{"id", text}, {"type_id", type}}}}; };
  const auto part = [](const char* id, int type) {
    return Json{{"Sequence", {{"id", id}, {"type_id", type}}}};
  };
  return {{"type", "TemplateProcessing"},
          {"single", Json::array({bos(0), part("A", 0)})},
          {"pair", Json::array({bos(0), part("A", 0), bos(1), part("B", 1)})},
          {"special_tokens",
           {{text, {{"id", text}, {"ids", Json::array({spec.bos})}, {"tokens", Json::array({text})}}}}}};
}

}  // namespace

Result<Json> tokenizer_json(const TokenizerSpec& spec) {
  const Spelling spelling(spec);
  TERN_TRY(check_texts(spec, spelling));
  TERN_ASSIGN(Json pre_tokenizer, pre_tokenizer_json(spec));
  TERN_ASSIGN(Json model, model_json(spec, spelling));
  return Json{{"version", "1.0"},
              {"truncation", nullptr},
              {"padding", nullptr},
              {"added_tokens", added_tokens_json(spec, spelling)},
              {"normalizer", nullptr},
              {"pre_tokenizer", std::move(pre_tokenizer)},
              {"post_processor", post_processor_json(spec)},
              {"decoder", byte_level(/*add_prefix_space=*/true, /*use_regex=*/true)},
              {"model", std::move(model)}};
}

Json tokenizer_config_json(const TokenizerSpec& spec, const std::string& chat_template,
                           std::span<const int32_t> eos) {
  const Spelling spelling(spec);
  Json json = {{"tokenizer_class", "PreTrainedTokenizerFast"},
               {"add_bos_token", spec.add_bos},
               {"add_prefix_space", spec.add_prefix_space},
               {"clean_up_tokenization_spaces", false}};
  const int32_t end = spec.eos >= 0 || eos.empty() ? spec.eos : eos[0];
  for (const auto& [key, id] :
       {std::pair("bos_token", spec.bos), {"eos_token", end}, {"unk_token", spec.unk}}) {
    const bool exists = id >= 0 && id < static_cast<int32_t>(spec.tokens.size());
    if (exists && spelling.is_added(id)) json[key] = spec.tokens[static_cast<size_t>(id)];
  }
  if (!chat_template.empty()) json["chat_template"] = chat_template;
  return json;
}

}  // namespace tern
