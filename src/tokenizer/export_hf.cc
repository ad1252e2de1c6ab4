#include "tokenizer/export_hf.h"

#include <algorithm>
#include <vector>

#include "tokenizer/bpe.h"
#include "tokenizer/fallback.h"
#include "tokenizer/hf_pipeline.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"
#include "tokenizer/vocabulary.h"

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

Json split(std::string_view regex) {
  return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}, {"invert", false}};
}

bool is_byte_level(const TokenizerSpec& spec) {
  return spec.model == TokenizerModel::kByteBpe;
}

/// Whether the blank in front is the normalizer's: what a Metaspace puts there goes before no other blank.
bool normalizer_prepends(const TokenizerSpec& spec) {
  return spec.add_prefix_space && spec.prefix_before_blank;
}

Result<Json> metaspace(const TokenizerSpec& spec, bool splits) {
  if (normalizer_prepends(spec) && spec.prefix_once) {
    return fail(ErrorCode::kUnsupported,
                "tokenizer.json has no blank in front of the first text alone that goes before others");
  }
  const bool prepends = spec.add_prefix_space && !spec.prefix_before_blank;
  return Json{{"type", "Metaspace"},
              {"replacement", kBlankMark},
              {"prepend_scheme", !prepends          ? "never"
                                 : spec.prefix_once ? "first"
                                                    : "always"},
              {"split", splits}};
}

Result<Json> pre_tokenizer_json(const TokenizerSpec& spec) {
  switch (spec.pre) {
    case PreTokenizer::kNone:
      return metaspace(spec, /*splits=*/false);
    case PreTokenizer::kMetaspace:
      return metaspace(spec, /*splits=*/true);
    case PreTokenizer::kGpt2:
      return byte_level(spec.add_prefix_space, /*use_regex=*/true);
    default:
      break;
  }
  if (spec.add_prefix_space) {
    return fail(ErrorCode::kUnsupported,
                "tokenizer.json has no {} tokenizer that puts a blank before the text",
                pre_tokenizer_name(spec.pre));
  }
  if (spec.pre == PreTokenizer::kSmolLm) {
    return sequence({{"type", "Digits"}, {"individual_digits", true}}, byte_level(false, /*use_regex=*/true));
  }
  return sequence(split(spec.pre == PreTokenizer::kQwen2 ? kQwen2Regex : kLlama3Regex),
                  byte_level(false, /*use_regex=*/false));
}

Json normalizer_json(const TokenizerSpec& spec) {
  Json steps = Json::array();
  if (spec.form != UnicodeForm::kNone) steps.push_back({{"type", unicode_form_name(spec.form)}});
  if (!is_byte_level(spec) && normalizer_prepends(spec)) {
    steps.push_back({{"type", "Prepend"}, {"prepend", kBlankMark}});
    steps.push_back({{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kBlankMark}});
  }
  if (steps.empty()) return nullptr;
  return steps.size() == 1 ? steps[0] : Json{{"type", "Sequence"}, {"normalizers", steps}};
}

Json decoder_json(const TokenizerSpec& spec) {
  if (is_byte_level(spec)) return byte_level(/*add_prefix_space=*/true, /*use_regex=*/true);
  Json steps = {{{"type", "Replace"}, {"pattern", {{"String", kBlankMark}}}, {"content", " "}},
                {{"type", "ByteFallback"}},
                {{"type", "Fuse"}}};
  if (spec.add_prefix_space)
    steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  return {{"type", "Sequence"}, {"decoders", std::move(steps)}};
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
    if (is_added(id)) return token;
    if (!is_byte_level(spec_)) return sentencepiece_token(spec_, id).second;
    return spec_.kinds[static_cast<size_t>(id)] == TokenKind::kNormal ? apply_byte_map(token) : token;
  }

 private:
  /// An unused token that text could give would come to life in tokenizer.json.
  bool is_left_out(int32_t id) const {
    const auto i = static_cast<size_t>(id);
    if (spec_.tokens[i].empty()) return true;
    if (spec_.kinds[i] != TokenKind::kUnused) return false;
    return is_byte_level(spec_) ? undo_byte_map(spec_.tokens[i]).has_value()
                                : spec_.tokens[i].find(' ') == std::string::npos;
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
              {"fuse_unk", spec.fuse_unk},
              {"byte_fallback", has_byte_tokens(spec)},
              {"ignore_merges", spec.ignore_merges},
              {"vocab", std::move(vocabulary)},
              {"merges", std::move(merges)}};
}

/// A list in the order of ids: every id has a token, and each text one.
Result<Json> unigram_json(const TokenizerSpec& spec, const Spelling& spelling) {
  Json vocabulary = Json::array();
  for (int32_t id = 0; id < static_cast<int32_t>(spec.tokens.size()); ++id) {
    if (spelling.is_added(id) && !spelling.in_vocabulary(id)) break;  // they follow
    if (!spelling.in_vocabulary(id)) {
      return fail(ErrorCode::kUnsupported,
                  "a Unigram of tokenizer.json has no token that no text gives, as {}", id);
    }
    vocabulary.push_back(Json::array({spelling.text(id), spec.scores[static_cast<size_t>(id)]}));
  }
  return Json{{"type", "Unigram"},
              {"unk_id", spec.unk < 0 ? Json() : Json(spec.unk)},
              {"byte_fallback", has_byte_tokens(spec)},
              {"vocab", std::move(vocabulary)}};
}

/// What tokenizer.json has no word for.
Status check_rules(const TokenizerSpec& spec) {
  const auto refuse = [](std::string_view what) {
    return fail(ErrorCode::kUnsupported, "tokenizer.json has no {}", what);
  };
  if (is_sentencepiece(spec))
    return refuse("vocabulary that sentencepiece's scores join: it is tokenizer.model");
  if (!spec.chars_map.empty() || spec.remove_extra_blanks) return refuse("rules of sentencepiece for text");
  if (std::find(spec.kinds.begin(), spec.kinds.end(), TokenKind::kUserDefined) != spec.kinds.end())
    return refuse("user defined tokens of sentencepiece");
  return {};
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

/// bos in front of a text, and of each of a pair; eos behind.
Json post_processor_json(const TokenizerSpec& spec) {
  if (!spec.add_bos && !spec.add_eos) {  // ByteLevel's moves offsets only
    return is_byte_level(spec) ? byte_level(/*add_prefix_space=*/true, /*use_regex=*/true) : Json();
  }
  Json tokens = Json::object();
  const auto part = [&](const char* id, int type) {
    Json items = Json::array();
    const auto add = [&](int32_t token) {
      const std::string& text = spec.tokens[static_cast<size_t>(token)];
      items.push_back({{"SpecialToken", {{"id", text}, {"type_id", type}}}});
      tokens[text] = {{"id", text}, {"ids", Json::array({token})}, {"tokens", Json::array({text})}};
    };
    if (spec.add_bos) add(spec.bos);
    items.push_back({{"Sequence", {{"id", id}, {"type_id", type}}}});
    if (spec.add_eos) add(spec.eos);
    return items;
  };
  Json single = part("A", 0), pair = single;
  for (Json& item : part("B", 1)) pair.push_back(std::move(item));
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(tokens)}};
}

}  // namespace

Result<Json> tokenizer_json(const TokenizerSpec& spec) {
  const Spelling spelling(spec);
  TERN_TRY(check_rules(spec));
  TERN_TRY(check_texts(spec, spelling));
  TERN_ASSIGN(Json pre_tokenizer, pre_tokenizer_json(spec));
  const bool is_unigram = spec.model == TokenizerModel::kUnigram;
  TERN_ASSIGN(Json model, is_unigram ? unigram_json(spec, spelling) : model_json(spec, spelling));
  return Json{{"version", "1.0"},
              {"truncation", nullptr},
              {"padding", nullptr},
              {"added_tokens", added_tokens_json(spec, spelling)},
              {"normalizer", normalizer_json(spec)},
              {"pre_tokenizer", std::move(pre_tokenizer)},
              {"post_processor", post_processor_json(spec)},
              {"decoder", decoder_json(spec)},
              {"model", std::move(model)}};
}

Json tokenizer_config_json(const TokenizerSpec& spec, const std::string& chat_template,
                           std::span<const int32_t> eos) {
  const Spelling spelling(spec);
  Json json = {{"tokenizer_class", is_sentencepiece(spec) ? "LlamaTokenizer" : "PreTrainedTokenizerFast"},
               {"add_bos_token", spec.add_bos},
               {"add_eos_token", spec.add_eos},
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
