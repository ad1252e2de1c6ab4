#include "tokenizer/config_tokens.h"

namespace tern {

VocabularyIndex added_tokens_of(const TokenizerSpec& spec) {
  VocabularyIndex index;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const bool is_whole = spec.kinds[id] == TokenKind::kSpecial || spec.kinds[id] == TokenKind::kUserDefined;
    if (is_whole) index.emplace(spec.tokens[id], static_cast<int32_t>(id));
  }
  for (const int32_t id : spec.always_matched) index.emplace(spec.tokens[static_cast<size_t>(id)], id);
  return index;
}

Result<int32_t> token_id(const Json& token, const VocabularyIndex& added, std::string_view where) {
  const Json* content = token.is_object() ? json_field(token, "content") : &token;
  if (content == nullptr || !content->is_string())
    return fail(ErrorCode::kBadFile, "{} is not a token", where);
  const auto found = added.find(content->get_ref<const std::string&>());
  if (found == added.end()) {
    return fail(ErrorCode::kUnsupported, "{} '{}' is no added token of the tokenizer's file: add it there",
                where, content->get_ref<const std::string&>());
  }
  return found->second;
}

Result<int32_t> named_token(const Json& config, const char* key, const VocabularyIndex& added,
                            std::string_view where) {
  const Json* token = json_field(config, key);
  if (token == nullptr) return -1;
  return token_id(*token, added, fmt::format("{}: {}", where, key));
}

Result<std::vector<int32_t>> named_tokens(const Json& object, const VocabularyIndex& added,
                                          std::string_view where) {
  std::vector<int32_t> ids;
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) continue;
    const std::string field = fmt::format("{}: {}", where, key);
    if (key == "additional_special_tokens" || key == "extra_special_tokens") {
      if (!value.is_structured()) return fail(ErrorCode::kBadFile, "{} is not a list", field);
      for (const Json& token : value) {
        TERN_ASSIGN(const int32_t id, token_id(token, added, field));
        ids.push_back(id);
      }
    } else if (key.ends_with("_token") && !key.starts_with("add_")) {
      TERN_ASSIGN(const int32_t id, token_id(value, added, field));
      ids.push_back(id);
    }
  }
  return ids;
}

Status check_match_flags(const Json& token, std::string_view where) {
  for (const char* name : {"lstrip", "rstrip", "single_word"}) {
    TERN_ASSIGN(const auto is_set, json_bool(token, name, where));
    if (is_set.value_or(false)) return fail(ErrorCode::kUnsupported, "{}: {} is not supported", where, name);
  }
  return {};
}

Status check_not_split(const Json& config, std::string_view where) {
  TERN_ASSIGN(const auto splits, json_bool(config, "split_special_tokens", where));
  if (!splits.value_or(false)) return {};
  return fail(ErrorCode::kUnsupported, "{}: split_special_tokens is not supported", where);
}

}  // namespace tern
