#include <cmath>

#include "tokenizer/jinja/builtins.h"
#include "tokenizer/jinja/filters.h"
#include "tokenizer/jinja/operators.h"

namespace tern::jinja {
namespace {

constexpr Builtin kFilters[] = {
#define TERN_JINJA_FILTER(name, function, parameters, required) \
  {name, parameters, required, filter_##function},
#include "tokenizer/jinja/filters.inc"
#undef TERN_JINJA_FILTER
};

Result<Value> cased(const Call& call, Case how) {
  TERN_ASSIGN(const Text text, subject_text(call));
  TERN_ASSIGN(Text changed, change_case(text, how));
  return make_text(std::move(changed), call.budget);
}

}  // namespace

Result<Value> filter_capitalize(Call& call) {
  return cased(call, Case::kCapitalize);
}
Result<Value> filter_lower(Call& call) {
  return cased(call, Case::kLower);
}
Result<Value> filter_upper(Call& call) {
  return cased(call, Case::kUpper);
}

/// Unlike str.title(), a new word begins only after one of "-({[<" or whitespace.
Result<Value> filter_title(Call& call) {
  TERN_ASSIGN(const Text text, subject_text(call));
  TERN_ASSIGN(const Text lower, change_case(text, Case::kLower));
  TERN_ASSIGN(const Text upper, change_case(text, Case::kUpper));
  std::string bytes = lower.bytes();
  bool begins = true;
  for (size_t at = 0; at < bytes.size();) {
    const std::string_view rest = std::string_view(bytes).substr(at);
    const size_t space = strip_whitespace(rest.substr(0, 4), Side::kLeft).first;
    if (begins) bytes[at] = upper.bytes()[at];
    begins = space > 0 || std::string_view("-({[<").find(rest[0]) != std::string_view::npos;
    at += std::max<size_t>(space, 1);
  }
  return make_text(text.mapped(std::move(bytes)).with_markup(false), call.budget);
}

Result<Value> filter_escape(Call& call) {
  TERN_ASSIGN(const Text text, subject_text(call));
  TERN_ASSIGN(Text escaped, escape_html(text, call.budget));
  return make_text(std::move(escaped), call.budget);
}

Result<Value> filter_safe(Call& call) {
  TERN_ASSIGN(Text text, subject_text(call));
  return make_text(std::move(text).with_markup(true), call.budget);
}

Result<Value> filter_indent(Call& call) {
  if (call.subject.is_undefined()) return undefined_error(call.subject);
  if (call.subject.text() == nullptr)
    return fail(ErrorCode::kInvalidArgument, "indent needs a string, not '{}'", type_name(call.subject));
  const Text& text = *call.subject.text();
  TERN_TRY(call.budget->spend(text.size()));
  Text margin;
  if (call.has(0) && call.args[0]->text()) {
    margin = *call.args[0]->text();
  } else {
    TERN_ASSIGN(const int64_t width, call.integer(0, 4));
    constexpr int64_t kMaxIndent = 1000;
    if (width > kMaxIndent) return fail(ErrorCode::kUnsupported, "indent by more than {}", kMaxIndent);
    margin = Text(std::string(static_cast<size_t>(std::max<int64_t>(width, 0)), ' '));
  }
  Text whole = text;
  whole.append("\n");  // so that a line break at the end of the text is kept
  TERN_ASSIGN(const auto lines, split_lines(whole, /*keep_ends=*/false, call.budget));
  Text indented;
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool blank_too = call.flag(2, false);
    TERN_TRY(call.budget->spend(Budget::kItem + margin.size()));
    if (i > 0) indented.append("\n");
    if (i > 0 ? blank_too || lines[i].size() > 0 : call.flag(1, false)) indented.append(margin);
    indented.append(lines[i]);
  }
  return make_text(std::move(indented).with_markup(text.is_markup()), call.budget);
}

Result<Value> filter_string(Call& call) {
  TERN_ASSIGN(Text text, subject_text(call));
  return make_text(std::move(text), call.budget);
}

Result<Value> filter_trim(Call& call) {
  TERN_ASSIGN(const Text text, subject_text(call));
  TERN_ASSIGN(Text stripped, strip_text(text, call.args[0], Side::kBoth, call.budget));
  return make_text(std::move(stripped), call.budget);
}

Result<Value> filter_replace(Call& call) {
  TERN_ASSIGN(const Text text, subject_text(call));
  TERN_ASSIGN(const Text old_text, to_text(*call.args[0], call.budget));
  TERN_ASSIGN(const Text new_text, to_text(*call.args[1], call.budget));
  if (call.has(2) && call.args[2]->is_none()) call.args[2].reset();
  TERN_ASSIGN(const int64_t count, call.integer(2, -1));
  TERN_ASSIGN(Text replaced, replace_text(text, old_text, new_text, count, call.budget));
  return make_text(std::move(replaced), call.budget);
}

Result<Value> filter_default_value(Call& call) {
  const bool use_default = call.subject.is_undefined() || (call.flag(1, false) && !truthy(call.subject));
  if (!use_default) return call.subject;
  return call.has(0) ? *call.args[0] : Value(Text());
}

Result<Value> filter_length(Call& call) {
  TERN_ASSIGN(const int64_t count, length(call.subject, call.budget));
  return Value(count);
}

Result<Value> filter_abs(Call& call) {
  if (!call.subject.is_number()) {
    return fail(ErrorCode::kInvalidArgument, "abs does not take '{}'", type_name(call.subject));
  }
  if (const double* number = call.subject.as<double>()) return Value(std::fabs(*number));
  int64_t storage;
  return *call.subject.integer(&storage) < 0 ? negative(call.subject) : positive(call.subject);
}

Result<Value> filter_tojson(Call& call) {
  JsonStyle style;
  style.ensure_ascii = call.flag(0, false);
  style.sort_keys = call.flag(3, false);
  if (call.has(1) && !call.args[1]->is_none()) {
    style.multiline = true;
    style.item_separator = Text(std::string_view(","));
    if (call.args[1]->text()) {
      style.indent = *call.args[1]->text();
    } else {
      TERN_ASSIGN(const int64_t width, call.integer(1, 0));
      constexpr int64_t kMaxIndent = 1000;
      if (width > kMaxIndent)
        return fail(ErrorCode::kUnsupported, "tojson with an indent above {}", kMaxIndent);
      style.indent = Text(std::string(static_cast<size_t>(std::max<int64_t>(width, 0)), ' '));
    }
  }
  if (call.has(2) && !call.args[2]->is_none()) {
    const Sequence* pair = call.args[2]->sequence();
    if (!pair || pair->items.size() != 2 || !pair->items[0].text() || !pair->items[1].text()) {
      return fail(ErrorCode::kInvalidArgument, "tojson: separators must be two strings");
    }
    style.item_separator = *pair->items[0].text();
    style.key_separator = *pair->items[1].text();
  }
  TERN_ASSIGN(Text text, to_json(call.subject, style, call.budget));
  return make_text(std::move(text), call.budget);
}

const Builtin* find_filter(std::string_view name) {
  for (const Builtin& filter : kFilters) {
    if (name == filter.name) return &filter;
  }
  return nullptr;
}

}  // namespace tern::jinja
