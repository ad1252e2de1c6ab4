// Methods of strings.
#include "tokenizer/char_class.h"
#include "tokenizer/jinja/methods.h"
#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

const Text& self(const Call& call) {
  return *call.subject.text();
}

Result<Value> cased(const Call& call, Case how) {
  TERN_TRY(call.budget->spend(self(call).size()));
  TERN_ASSIGN(Text text, change_case(self(call), how));
  return make_text(std::move(text), call.budget);
}

Result<Value> stripped(const Call& call, Side side) {
  TERN_ASSIGN(Text text, strip_text(self(call), call.args[0], side, call.budget));
  return make_text(std::move(text), call.budget);
}

/// startswith() and endswith() take a string or a tuple of them.
Result<Value> has_affix(Call& call, bool at_end) {
  const std::string& text = self(call).bytes();
  const auto matches = [&](const Value& affix) -> Result<bool> {
    if (affix.text() == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "a string is needed, not '{}'", type_name(affix));
    }
    const std::string& bytes = affix.text()->bytes();
    TERN_TRY(call.budget->spend(std::min(bytes.size(), text.size())));
    return at_end ? text.ends_with(bytes) : text.starts_with(bytes);
  };
  std::vector<Value> affixes = {*call.args[0]};
  const Sequence* tuple = call.args[0]->sequence();
  if (tuple && tuple->kind == Sequence::Kind::kTuple) affixes = tuple->items;
  for (const Value& affix : affixes) {
    TERN_ASSIGN(const bool found, matches(affix));
    if (found) return Value(true);
  }
  return Value(false);
}

/// find(), index(), rfind() and rindex(): the place in characters, or -1.
Result<Value> place(Call& call, bool from_end, bool must_be_there) {
  TERN_ASSIGN(const Text needle, call.text(0, ""));
  const std::string& bytes = self(call).bytes();
  TERN_TRY(call.budget->spend(sizeof(size_t) * bytes.size()));
  size_t found = find_bytes(bytes, needle.bytes());
  if (from_end && found != std::string_view::npos)
    found = needle.size() == 0 ? bytes.size() : find_from_end(bytes, needle.bytes(), 1).front();
  if (found == std::string_view::npos) {
    if (must_be_there) return fail(ErrorCode::kInvalidArgument, "substring not found");
    return Value(int64_t{-1});
  }
  return Value(static_cast<int64_t>(character_offsets(std::string_view(bytes).substr(0, found)).size() - 1));
}

/// Whether the text has characters and `holds` for all of them, which may fail.
template <typename Holds>
Result<Value> all_characters(const Call& call, Holds holds) {
  const std::string_view bytes = self(call).bytes();
  TERN_TRY(call.budget->spend(bytes.size()));
  for (size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes.substr(at));
    TERN_ASSIGN(const bool held, holds(step.state == Utf8State::kValid ? step.code : 0));
    if (!held) return Value(false);
    at += step.length;
  }
  return Value(!bytes.empty());
}

/// removeprefix() and removesuffix()
Result<Value> without_affix(Call& call, bool at_end) {
  TERN_ASSIGN(const Text affix, call.text(0, ""));
  const Text& text = self(call);
  TERN_TRY(call.budget->spend(text.size()));
  const bool there = at_end ? text.bytes().ends_with(affix.bytes()) : text.bytes().starts_with(affix.bytes());
  const size_t cut = there ? affix.size() : 0;
  return make_text(text.substr(at_end ? 0 : cut, text.size() - (at_end ? cut : 0)), call.budget);
}

/// What Markup escapes or joins in its own way.
Status check_plain(const Call& call, const char* method) {
  if (!self(call).is_markup()) return {};
  return fail(ErrorCode::kUnsupported, "{}() of what |safe gave is not supported", method);
}

}  // namespace

Result<Value> str_capitalize(Call& call) {
  return cased(call, Case::kCapitalize);
}
Result<Value> str_lower(Call& call) {
  return cased(call, Case::kLower);
}
Result<Value> str_title(Call& call) {
  return cased(call, Case::kTitle);
}
Result<Value> str_upper(Call& call) {
  return cased(call, Case::kUpper);
}
Result<Value> str_strip(Call& call) {
  return stripped(call, Side::kBoth);
}
Result<Value> str_lstrip(Call& call) {
  return stripped(call, Side::kLeft);
}
Result<Value> str_rstrip(Call& call) {
  return stripped(call, Side::kRight);
}

Result<Value> str_startswith(Call& call) {
  return has_affix(call, false);
}
Result<Value> str_endswith(Call& call) {
  return has_affix(call, true);
}

Result<Value> str_find(Call& call) {
  return place(call, /*from_end=*/false, /*must_be_there=*/false);
}
Result<Value> str_index(Call& call) {
  return place(call, /*from_end=*/false, /*must_be_there=*/true);
}
Result<Value> str_rfind(Call& call) {
  return place(call, /*from_end=*/true, /*must_be_there=*/false);
}
Result<Value> str_rindex(Call& call) {
  return place(call, /*from_end=*/true, /*must_be_there=*/true);
}

Result<Value> str_count(Call& call) {
  TERN_ASSIGN(const Text needle, call.text(0, ""));
  TERN_TRY(call.budget->spend(self(call).size()));
  if (needle.size() == 0) {
    TERN_ASSIGN(const int64_t characters, length(call.subject, call.budget));
    return Value(characters + 1);
  }
  int64_t count = 0;
  for (size_t at = 0; (at = find_bytes(self(call).bytes(), needle.bytes(), at)) != std::string_view::npos;
       at += needle.size()) {
    ++count;
  }
  return Value(count);
}

Result<Value> str_join(Call& call) {
  TERN_TRY(check_plain(call, "join"));
  if (call.args[0]->is_undefined()) return undefined_error(*call.args[0]);
  TERN_ASSIGN(const auto items, iterate(*call.args[0], call.budget));
  Text joined;
  for (size_t i = 0; i < items->items.size(); ++i) {
    const Text* item = items->items[i].text();
    if (item == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "join() needs strings, not '{}'", type_name(items->items[i]));
    }
    TERN_TRY(call.budget->spend(item->size() + self(call).size()));
    if (i > 0) joined.append(self(call));
    joined.append(*item);
  }
  return make_text(std::move(joined), call.budget);
}

Result<Value> str_replace(Call& call) {
  TERN_TRY(check_plain(call, "replace"));
  TERN_ASSIGN(const Text old_text, call.text(0, ""));
  TERN_ASSIGN(const Text new_text, call.text(1, ""));
  TERN_ASSIGN(const int64_t count, call.integer(2, -1));
  TERN_ASSIGN(Text text, replace_text(self(call), old_text, new_text, count, call.budget));
  return make_text(std::move(text), call.budget);
}

Result<Value> str_removeprefix(Call& call) {
  return without_affix(call, /*at_end=*/false);
}
Result<Value> str_removesuffix(Call& call) {
  return without_affix(call, /*at_end=*/true);
}

Result<Value> str_isalpha(Call& call) {
  return all_characters(call, [](uint32_t code) -> Result<bool> {
    if (code < 0x80) return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
    return char_class(code) == CharClass::kLetter;
  });
}

Result<Value> str_isdigit(Call& call) {
  return all_characters(call, [](uint32_t code) -> Result<bool> {
    if (code >= 0x80 && char_class(code) == CharClass::kNumber)
      return fail(ErrorCode::kUnsupported, "isdigit() of U+{:04X} is not supported", code);
    return code >= '0' && code <= '9';
  });
}

Result<Value> str_isspace(Call& call) {
  return all_characters(call, [](uint32_t code) -> Result<bool> { return is_python_space(code); });
}

}  // namespace tern::jinja
