// `tokenizer.tern`, the key for what GGUF's own keys cannot say of a tokenizer. Other engines pass it over.
#include "base/json.h"
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/tokenizer.h"

namespace tern::gguf_tokens {
namespace {

/// Flags by name: they all mean something only in vocabularies of characters.
struct Flag {
  const char* name;
  bool TokenizerSpec::*field;
};
constexpr Flag kFlags[] = {{"float_sums", &TokenizerSpec::float_sums},
                           {"fuse_unk", &TokenizerSpec::fuse_unk},
                           {"prefix_before_blank", &TokenizerSpec::prefix_before_blank},
                           {"prefix_once", &TokenizerSpec::prefix_once}};

Result<UnicodeForm> form_named(std::string_view name, std::string_view what) {
  for (const auto form :
       {UnicodeForm::kNone, UnicodeForm::kNfc, UnicodeForm::kNfd, UnicodeForm::kNfkc, UnicodeForm::kNfkd}) {
    if (name == unicode_form_name(form)) return form;
  }
  return fail(ErrorCode::kBadFile, "{}: tokenizer.tern: form '{}' is not known", what, name);
}

}  // namespace

std::string rules_of(const TokenizerSpec& spec) {
  if (spec.model == TokenizerModel::kByteBpe && spec.form == form_of(spec.pre)) return "";
  Json rules = {{"form", unicode_form_name(spec.form)}};
  if (spec.model == TokenizerModel::kByteBpe) return dump_json(rules);
  rules["pre"] = pre_tokenizer_name(spec.pre);
  for (const Flag& flag : kFlags) rules[flag.name] = spec.*flag.field;
  rules["matched_first"] = spec.always_matched;
  return dump_json(rules);
}

Status apply_rules(std::string_view rules, std::string_view what, TokenizerSpec* spec) {
  if (rules.empty()) return {};
  const std::string where = fmt::format("{}: tokenizer.tern", what);
  TERN_ASSIGN(const Json json, parse_json(rules, where));
  TERN_ASSIGN(const auto form, json_string(json, "form", where));
  if (form) {
    TERN_ASSIGN(spec->form, form_named(*form, what));
  }
  if (spec->model == TokenizerModel::kByteBpe) return {};
  TERN_ASSIGN(const auto pre, json_string(json, "pre", where));
  if (pre) {
    const auto known = pre_tokenizer_from_name(*pre);
    if (!known) return fail(ErrorCode::kBadFile, "{}: pre '{}' is not known", where, *pre);
    spec->pre = *known;
  }
  for (const Flag& flag : kFlags) {
    TERN_ASSIGN(const auto value, json_bool(json, flag.name, where));
    if (value) spec->*flag.field = *value;
  }
  const Json* first = json_field(json, "matched_first");
  if (first == nullptr) return {};
  if (!first->is_array()) return fail(ErrorCode::kBadFile, "{}: matched_first is no list of tokens", where);
  for (const Json& id : *first) {
    const int64_t value = id.is_number_integer() ? id.get<int64_t>() : -1;
    if (value < 0 || value >= static_cast<int64_t>(spec->tokens.size()))
      return fail(ErrorCode::kBadFile, "{}: matched_first: {} is no token", where, dump_json(id));
    spec->kinds[static_cast<size_t>(value)] = TokenKind::kNormal;
    spec->always_matched.push_back(static_cast<int32_t>(value));
  }
  return {};
}

}  // namespace tern::gguf_tokens
