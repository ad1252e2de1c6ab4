// The files beside a sentencepiece tokenizer.model, which transformers reads as well.
#include <algorithm>
#include <map>

#include "tokenizer/sentencepiece.h"
#include "tokenizer/vocabulary.h"

namespace tern {
namespace {

/// Tokens by their text, as the files beside the model spell them.
VocabularyIndex index_of(const TokenizerSpec& spec) {
  VocabularyIndex index;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const bool is_whole = spec.kinds[id] == TokenKind::kSpecial || spec.kinds[id] == TokenKind::kUserDefined;
    if (is_whole) index.emplace(spec.tokens[id], static_cast<int32_t>(id));
  }
  return index;
}

/// A token that the config adds behind the vocabulary, or one that it has already.
Status add_token(const std::string& text, int64_t id, bool special, std::string_view where,
                 TokenizerSpec* spec) {
  const VocabularyIndex index = index_of(*spec);
  if (const auto known = index.find(text); known != index.end()) {
    if (known->second == id) return {};
    return fail(ErrorCode::kUnsupported, "{}: '{}' has id {}, in the model {}", where, text, id,
                known->second);
  }
  if (id != static_cast<int64_t>(spec->tokens.size()) || id >= kMaxVocabulary || text.empty()) {
    return fail(ErrorCode::kUnsupported, "{}: token '{}' has id {}: it must follow the {} of the model",
                where, text, id, spec->tokens.size());
  }
  spec->tokens.push_back(text);
  spec->kinds.push_back(special ? TokenKind::kSpecial : TokenKind::kNormal);
  spec->scores.push_back(0);
  if (!special) spec->always_matched.push_back(static_cast<int32_t>(id));
  return {};
}

struct AddedToken {
  std::string text;
  bool special;
};

/// added_tokens_decoder and added_tokens.json, by id.
Result<std::map<int64_t, AddedToken>> added_tokens(const Json& config, const Json& added,
                                                   std::string_view what) {
  std::map<int64_t, AddedToken> tokens;
  if (added.is_object()) {
    for (const auto& [text, id] : added.items()) {
      if (!id.is_number_integer())
        return fail(ErrorCode::kBadFile, "{}: added_tokens.json: '{}' has no id", what, text);
      tokens[id.get<int64_t>()] = {text, false};
    }
  }
  const Json* decoder = json_field(config, "added_tokens_decoder");
  if (decoder == nullptr) return tokens;
  const std::string where = fmt::format("{}: tokenizer_config: added_tokens_decoder", what);
  if (!decoder->is_object()) return fail(ErrorCode::kBadFile, "{} is no object", where);
  for (const auto& [key, token] : decoder->items()) {
    TERN_ASSIGN(const auto text, json_string(token, "content", where));
    const bool is_id =
        !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == std::string::npos;
    if (!text || !is_id) return fail(ErrorCode::kBadFile, "{}: {} is no token", where, key);
    for (const char* name : {"lstrip", "rstrip", "single_word"}) {
      TERN_ASSIGN(const auto is_set, json_bool(token, name, where));
      if (is_set.value_or(false))
        return fail(ErrorCode::kUnsupported, "{}: '{}': {} is not supported", where, *text, name);
    }
    TERN_ASSIGN(const auto special, json_bool(token, "special", where));
    tokens[std::stoll(key)] = {*text, special.value_or(false)};
  }
  return tokens;
}

/// Sets `*id` by the name that the config gives.
Status apply_name(const Json& config, const char* key, std::string_view what, const TokenizerSpec& spec,
                  int32_t* id) {
  const Json* token = json_field(config, key);
  if (token == nullptr) return {};
  const Json* content = token->is_object() ? json_field(*token, "content") : token;
  if (content == nullptr || !content->is_string())
    return fail(ErrorCode::kBadFile, "{}: tokenizer_config: {} is not a token", what, key);
  const VocabularyIndex index = index_of(spec);
  const auto found = index.find(content->get_ref<const std::string&>());
  if (found == index.end()) {
    return fail(ErrorCode::kUnsupported, "{}: tokenizer_config: {} '{}' is no special token of the model",
                what, key, content->get_ref<const std::string&>());
  }
  *id = found->second;
  return {};
}

}  // namespace

Status apply_sentencepiece_config(const Json& config, const Json& added, std::string_view what,
                                  TokenizerSpec* spec) {
  if (!config.is_null() && !config.is_object())
    return fail(ErrorCode::kBadFile, "{}: tokenizer_config is not an object", what);
  TERN_ASSIGN(const auto tokens, added_tokens(config, added, what));
  for (const auto& [id, token] : tokens) TERN_TRY(add_token(token.text, id, token.special, what, spec));
  TERN_TRY(apply_name(config, "bos_token", what, *spec, &spec->bos));
  TERN_TRY(apply_name(config, "eos_token", what, *spec, &spec->eos));
  TERN_TRY(apply_name(config, "unk_token", what, *spec, &spec->unk));
  TERN_ASSIGN(const auto add_bos, json_bool(config, "add_bos_token", what));
  TERN_ASSIGN(const auto add_eos, json_bool(config, "add_eos_token", what));
  spec->add_bos = add_bos.value_or(true) && spec->bos >= 0;
  spec->add_eos = add_eos.value_or(false) && spec->eos >= 0;
  return {};
}

}  // namespace tern
