// `tokenizer.tern`, the key for what GGUF's own keys cannot say of a tokenizer. Other engines pass it over.
#include <algorithm>
#include <iterator>

#include "base/json.h"
#include "tokenizer/gguf_tokens.h"
#include "tokenizer/normalizer.h"
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

/// A rule that is passed over would mean other ids.
Status check_names(const Json& json, std::string_view where, bool is_byte_level) {
  if (!json.is_object()) return fail(ErrorCode::kBadFile, "{} is no JSON object", where);
  for (const auto& rule : json.items()) {
    const std::string& name = rule.key();
    const bool is_flag = std::any_of(std::begin(kFlags), std::end(kFlags),
                                     [&](const Flag& flag) { return name == flag.name; });
    const bool of_characters = is_flag || name == "pre" || name == "matched_first";
    if (name == "form" || (of_characters && !is_byte_level)) continue;
    return fail(ErrorCode::kUnsupported, "{}: '{}' is not known here: a newer version of Tern may know it",
                where, name);
  }
  return {};
}

/// Makes an added token of one that its type calls user defined. False when it is none.
bool match_first(int32_t id, TokenizerSpec* spec) {
  std::string& token = spec->tokens[static_cast<size_t>(id)];
  TokenKind& kind = spec->kinds[static_cast<size_t>(id)];
  if (kind == TokenKind::kUserDefined) {
    token = apply_blank_marks(token);  // it is looked for in text as it is
  } else if (kind != TokenKind::kUnused || token.find(' ') == std::string::npos) {
    return false;  // sentencepiece could not give one with a blank
  }
  kind = TokenKind::kNormal;
  spec->always_matched.push_back(id);
  return true;
}

}  // namespace

void set_default_rules(TokenizerSpec* spec) {
  spec->form = UnicodeForm::kNone;
  spec->pre = PreTokenizer::kNone;
  spec->float_sums = spec->model == TokenizerModel::kUnigram;
  spec->fuse_unk = true;
  spec->prefix_before_blank = spec->add_prefix_space;
  spec->prefix_once = false;
}

std::string rules_of(const TokenizerSpec& spec) {
  const bool is_byte_level = spec.model == TokenizerModel::kByteBpe;
  Json rules = Json::object();
  if (spec.form != (is_byte_level ? form_of(spec.pre) : UnicodeForm::kNone))
    rules["form"] = unicode_form_name(spec.form);
  if (!is_byte_level) {
    TokenizerSpec usual;
    usual.model = spec.model;
    usual.add_prefix_space = spec.add_prefix_space;
    set_default_rules(&usual);
    if (spec.pre != usual.pre) rules["pre"] = pre_tokenizer_name(spec.pre);
    for (const Flag& flag : kFlags) {
      if (spec.*flag.field != usual.*flag.field) rules[flag.name] = spec.*flag.field;
    }
    if (!spec.always_matched.empty()) rules["matched_first"] = spec.always_matched;
  }
  return rules.empty() ? "" : dump_json(rules);
}

Status apply_rules(std::string_view rules, std::string_view what, TokenizerSpec* spec) {
  if (rules.empty()) return {};
  const std::string where = fmt::format("{}: tokenizer.tern", what);
  TERN_ASSIGN(const Json json, parse_json(rules, where));
  TERN_TRY(check_names(json, where, spec->model == TokenizerModel::kByteBpe));
  TERN_ASSIGN(const auto form, json_string(json, "form", where));
  if (form) {
    TERN_ASSIGN(spec->form, form_named(*form, what));
  }
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
    if (value < 0 || value >= static_cast<int64_t>(spec->tokens.size()) ||
        !match_first(static_cast<int32_t>(value), spec))
      return fail(ErrorCode::kBadFile, "{}: matched_first: {} is no user defined token", where,
                  dump_json(id));
  }
  return {};
}

}  // namespace tern::gguf_tokens
