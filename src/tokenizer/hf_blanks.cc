// The parts of tokenizer.json around vocabularies in which "▁" stands for a blank.
#include "tokenizer/hf_pipeline.h"
#include "tokenizer/normalizer.h"

namespace tern {
namespace {

tl::unexpected<Error> unsupported_step(const Json& step, std::string_view what) {
  const std::string type = type_of(step);
  return fail(ErrorCode::kUnsupported, "{}: normalizer '{}' is not supported here{}", what, type,
              type == "Precompiled" ? ": take the tokenizer.model that this file was made from"
                                    : ": known are NFC, NFD, NFKC, NFKD in front of Prepend and Replace of a "
                                      "blank by \"\u2581\"");
}

std::optional<UnicodeForm> form_of(std::string_view type) {
  for (const auto form : {UnicodeForm::kNfc, UnicodeForm::kNfd, UnicodeForm::kNfkc, UnicodeForm::kNfkd}) {
    if (type == unicode_form_name(form)) return form;
  }
  return std::nullopt;
}

/// Whether `step` replaces each blank by its mark.
Result<bool> marks_blanks(const Json& step, std::string_view what) {
  const Json* pattern = json_field(step, "pattern");
  if (type_of(step) != "Replace" || pattern == nullptr || !pattern->is_object()) return false;
  TERN_ASSIGN(const auto from, json_string(*pattern, "String", what));
  TERN_ASSIGN(const auto to, json_string(step, "content", what));
  return from.value_or("") == " " && to.value_or("") == kBlankMark;
}

Result<bool> prepends_blank(const Json& step, bool marked, std::string_view what) {
  if (type_of(step) != "Prepend") return false;
  TERN_ASSIGN(const auto text, json_string(step, "prepend", what));
  return text.value_or("") == kBlankMark || (text.value_or("") == " " && !marked);
}

/// What a Metaspace says: "always", "first" or "never"; older files have a flag.
Result<std::string> prepend_scheme(const Json& metaspace, std::string_view what) {
  TERN_ASSIGN(const auto scheme, json_string(metaspace, "prepend_scheme", what));
  TERN_ASSIGN(const bool prefix, flag(metaspace, "add_prefix_space", true, what));
  const std::string value = scheme.value_or(prefix ? "always" : "never");
  if (value == "always" || value == "first" || value == "never") return value;
  return fail(ErrorCode::kBadFile, "{}: pre_tokenizer: prepend_scheme '{}' is not always, first or never",
              what, value);
}

Status read_metaspace(const Json& tokenizer, const Json& metaspace, std::string_view what,
                      TokenizerSpec* spec) {
  TERN_ASSIGN(const auto mark, json_string(metaspace, "replacement", what));
  if (mark.value_or(std::string(kBlankMark)) != kBlankMark) return unsupported_pre_tokenizer(tokenizer, what);
  TERN_ASSIGN(const bool split, flag(metaspace, "split", true, what));
  spec->pre = split ? PreTokenizer::kMetaspace : PreTokenizer::kNone;
  TERN_ASSIGN(const std::string scheme, prepend_scheme(metaspace, what));
  if (spec->add_prefix_space) return {};  // the normalizer's blank is there already
  spec->add_prefix_space = scheme != "never";
  spec->prefix_once = scheme == "first";
  return {};
}

}  // namespace

Result<bool> read_normalizer(const Json& tokenizer, std::string_view what, TokenizerSpec* spec) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "normalizer", "normalizers", what));
  const bool is_byte_level = spec->model == TokenizerModel::kByteBpe;
  bool marked = false, prepended = false;
  for (const Json* step : steps) {
    const auto form = form_of(type_of(*step));
    TERN_ASSIGN(const bool marks, marks_blanks(*step, what));
    TERN_ASSIGN(const bool prepends, prepends_blank(*step, marked, what));
    // A form after the others could make blanks, or characters, that they would have changed.
    if (form && !marked && !prepended && spec->form == UnicodeForm::kNone) {
      spec->form = *form;
    } else if (marks && !is_byte_level) {
      marked = true;
    } else if (prepends && !prepended && !is_byte_level) {
      prepended = true;
    } else {
      return unsupported_step(*step, what);
    }
  }
  spec->add_prefix_space = spec->prefix_before_blank = prepended;
  return marked;
}

Status read_blank_pre_tokenizer(const Json& tokenizer, bool marked, std::string_view what,
                                TokenizerSpec* spec) {
  TERN_ASSIGN(const auto steps, steps_of(tokenizer, "pre_tokenizer", "pretokenizers", what));
  spec->pre = PreTokenizer::kNone;
  if (steps.size() > 1) return unsupported_pre_tokenizer(tokenizer, what);
  if (steps.size() == 1 && type_of(*steps[0]) == "Metaspace")
    return read_metaspace(tokenizer, *steps[0], what, spec);
  if (!marked) return unsupported_pre_tokenizer(tokenizer, what);
  if (steps.empty()) return {};
  // Gemma's file cuts at blanks, of which none is left.
  const Json* pattern = json_field(*steps[0], "pattern");
  if (type_of(*steps[0]) != "Split" || pattern == nullptr || !pattern->is_object())
    return unsupported_pre_tokenizer(tokenizer, what);
  TERN_ASSIGN(const auto text, json_string(*pattern, "String", what));
  TERN_ASSIGN(const bool invert, flag(*steps[0], "invert", false, what));
  return text.value_or("") == " " && !invert ? Status() : unsupported_pre_tokenizer(tokenizer, what);
}

}  // namespace tern
