// The files beside a sentencepiece tokenizer.model, which transformers reads as well.
#include <map>

#include "tokenizer/config_tokens.h"
#include "tokenizer/sentencepiece.h"

namespace tern {
namespace {

struct AddedToken {
  std::string text;
  bool special;
};

/// added_tokens_decoder and added_tokens.json, by id.
Result<std::map<int64_t, AddedToken>> read_added_tokens(const Json& config, const Json& added,
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
    TERN_TRY(check_match_flags(token, fmt::format("{}: '{}'", where, *text)));
    TERN_ASSIGN(const auto special, json_bool(token, "special", where));
    tokens[std::stoll(key)] = {*text, special.value_or(false)};
  }
  return tokens;
}

/// Adds those that follow the vocabulary; the model has the others already. The special ones.
Result<std::vector<int32_t>> add_tokens(const std::map<int64_t, AddedToken>& tokens, std::string_view what,
                                        TokenizerSpec* spec) {
  std::vector<int32_t> special;
  spec->tokens.reserve(spec->tokens.size() + tokens.size());  // the index looks into them where they are
  VocabularyIndex index = added_tokens_of(*spec);
  for (const auto& [id, token] : tokens) {
    const auto known = index.find(token.text);
    if (known != index.end() && known->second != id) {
      return fail(ErrorCode::kUnsupported, "{}: '{}' has id {}, in the model {}", what, token.text, id,
                  known->second);
    }
    if (known == index.end()) {
      if (id != static_cast<int64_t>(spec->tokens.size()) || id >= kMaxVocabulary || token.text.empty()) {
        return fail(ErrorCode::kUnsupported, "{}: token '{}' has id {}: it must follow the {} of the model",
                    what, token.text, id, spec->tokens.size());
      }
      spec->tokens.push_back(token.text);
      spec->kinds.push_back(token.special ? TokenKind::kSpecial : TokenKind::kNormal);
      spec->scores.push_back(0);
      if (!token.special) spec->always_matched.push_back(static_cast<int32_t>(id));
      index.emplace(spec->tokens.back(), static_cast<int32_t>(id));
    }
    if (token.special) special.push_back(static_cast<int32_t>(id));
  }
  return special;
}

Status check_sampling(const Json& config, std::string_view where) {
  const Json* options = json_field(config, "sp_model_kwargs");
  if (options == nullptr || options->empty()) return {};
  return fail(ErrorCode::kUnsupported, "{}: sp_model_kwargs {} is not supported", where, dump_json(*options));
}

/// The blank in front, as the tokenizer has it into which transformers turns the file: not `legacy`, it goes
/// before the whole text alone, and before no other blank.
Status apply_prefix(const Json& config, std::string_view where, TokenizerSpec* spec) {
  TERN_ASSIGN(const auto prefix, json_bool(config, "add_prefix_space", where));
  if (prefix) spec->add_prefix_space = spec->prefix_before_blank = *prefix;
  TERN_ASSIGN(const auto legacy, json_bool(config, "legacy", where));
  if (!spec->add_prefix_space || legacy.value_or(true)) return {};
  spec->prefix_once = true;
  spec->prefix_before_blank = false;
  return {};
}

}  // namespace

Status apply_sentencepiece_config(const Json& config, const Json& added, std::string_view what,
                                  TokenizerSpec* spec) {
  const std::string where = fmt::format("{}: tokenizer_config", what);
  if (!config.is_null() && !config.is_object())
    return fail(ErrorCode::kBadFile, "{} is not an object", where);
  TERN_TRY(check_not_split(config, where));
  TERN_TRY(check_sampling(config, where));
  TERN_ASSIGN(const auto tokens, read_added_tokens(config, added, what));
  TERN_ASSIGN(const auto special, add_tokens(tokens, what, spec));
  const VocabularyIndex index = added_tokens_of(*spec);
  TERN_ASSIGN(const auto named, named_tokens(config, index, where));
  for (const auto& [key, id] :
       {std::pair("bos_token", &spec->bos), {"eos_token", &spec->eos}, {"unk_token", &spec->unk}}) {
    TERN_ASSIGN(const int32_t named_id, named_token(config, key, index, where));
    if (named_id >= 0) *id = named_id;
  }
  make_special(special, spec);
  make_special(named, spec);
  TERN_ASSIGN(const auto add_bos, json_bool(config, "add_bos_token", where));
  TERN_ASSIGN(const auto add_eos, json_bool(config, "add_eos_token", where));
  spec->add_bos = add_bos.value_or(true) && spec->bos >= 0;
  spec->add_eos = add_eos.value_or(false) && spec->eos >= 0;
  return apply_prefix(config, where, spec);
}

}  // namespace tern
