// The normalizer of tokenizer.json.
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

}  // namespace tern
