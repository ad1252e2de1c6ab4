#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {
namespace {

#define TERN_JINJA_METHOD(type, name, function, parameters, required) Result<Value> function(Call&);
#define TERN_JINJA_REFUSED(type, names)
#include "tokenizer/jinja/methods.inc"
#undef TERN_JINJA_METHOD
#undef TERN_JINJA_REFUSED

struct Method {
  std::string_view type;
  Builtin builtin;
};

constexpr Method kMethods[] = {
#define TERN_JINJA_METHOD(type, name, function, parameters, required) \
  {type, {name, parameters, required, function}},
#define TERN_JINJA_REFUSED(type, names)
#include "tokenizer/jinja/methods.inc"
#undef TERN_JINJA_METHOD
#undef TERN_JINJA_REFUSED
};

struct Refused {
  std::string_view type, names;
};

constexpr Refused kRefused[] = {
#define TERN_JINJA_METHOD(type, name, function, parameters, required)
#define TERN_JINJA_REFUSED(type, names) {type, names},
#include "tokenizer/jinja/methods.inc"
#undef TERN_JINJA_METHOD
#undef TERN_JINJA_REFUSED
};

/// Whether `name` is one of the words of `names`.
bool has_word(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    const std::string_view word = names.substr(0, names.find(' '));
    if (word == name) return true;
    names.remove_prefix(std::min(names.size(), word.size() + 1));
  }
  return false;
}

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

Result<Value> str_startswith(Call& call) {
  return has_affix(call, false);
}
Result<Value> str_endswith(Call& call) {
  return has_affix(call, true);
}

Result<Value> str_find(Call& call) {
  TERN_ASSIGN(const Text needle, call.text(0, ""));
  const std::string& bytes = self(call).bytes();
  TERN_TRY(call.budget->spend(sizeof(size_t) * bytes.size()));
  const size_t found = find_bytes(bytes, needle.bytes());
  if (found == std::string_view::npos) return Value(int64_t{-1});
  return Value(static_cast<int64_t>(character_offsets(std::string_view(bytes).substr(0, found)).size() - 1));
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
  TERN_ASSIGN(const Text old_text, call.text(0, ""));
  TERN_ASSIGN(const Text new_text, call.text(1, ""));
  TERN_ASSIGN(const int64_t count, call.integer(2, -1));
  TERN_ASSIGN(Text text, replace_text(self(call), old_text, new_text, count, call.budget));
  return make_text(std::move(text), call.budget);
}

/// split() without a separator: runs of whitespace part, and none is at either end.
Result<std::vector<Value>> split_at_whitespace(const Text& text, int64_t limit, Budget* budget) {
  std::vector<Value> parts;
  size_t at = strip_whitespace(text.bytes(), Side::kLeft).first;
  const size_t end = std::max(at, strip_whitespace(text.bytes(), Side::kRight).second);
  const std::vector<size_t> offsets = character_offsets(text.bytes());
  const std::string_view bytes = text.bytes();
  const auto is_space = [&](size_t i) {
    const std::string_view character = bytes.substr(offsets[i], offsets[i + 1] - offsets[i]);
    return strip_whitespace(character, Side::kLeft).first == character.size();
  };
  auto i = static_cast<size_t>(std::lower_bound(offsets.begin(), offsets.end(), at) - offsets.begin());
  while (at < end) {
    TERN_TRY(budget->spend(Budget::kItem + text.user().size()));
    if (limit >= 0 && parts.size() == static_cast<uint64_t>(limit)) {
      // What is left keeps the whitespace at its end.
      parts.emplace_back(text.substr(at, text.size()));
      break;
    }
    while (offsets[i] < end && !is_space(i)) ++i;
    parts.emplace_back(text.substr(at, offsets[i]));
    while (offsets[i] < end && is_space(i)) ++i;
    at = offsets[i];
  }
  return parts;
}

Result<Value> str_split(Call& call) {
  const Text& text = self(call);
  TERN_ASSIGN(const int64_t limit, call.integer(1, -1));
  TERN_TRY(call.budget->spend((sizeof(size_t) + 1) * text.size()));
  if (!call.has(0) || call.args[0]->is_none()) {
    TERN_ASSIGN(auto parts, split_at_whitespace(text, limit, call.budget));
    return make_sequence(Sequence::Kind::kList, std::move(parts), call.budget);
  }
  TERN_ASSIGN(const Text separator, call.text(0, ""));
  if (separator.size() == 0) return fail(ErrorCode::kInvalidArgument, "split() with an empty separator");
  std::vector<Value> parts;
  size_t at = 0;
  while (limit < 0 || parts.size() < static_cast<uint64_t>(limit)) {
    const size_t found = find_bytes(text.bytes(), separator.bytes(), at);
    if (found == std::string_view::npos) break;
    TERN_TRY(call.budget->spend(Budget::kItem + text.user().size()));
    parts.emplace_back(text.substr(at, found));
    at = found + separator.size();
  }
  parts.emplace_back(text.substr(at, text.size()));
  return make_sequence(Sequence::Kind::kList, std::move(parts), call.budget);
}

Result<Value> dict_copy(Call& call) {
  return call.subject;
}

Result<Value> dict_get(Call& call) {
  TERN_ASSIGN(const Value* found, find_key(*call.subject.dict(), *call.args[0], call.budget));
  if (found != nullptr) return *found;
  return call.has(1) ? *call.args[1] : Value(None{});
}

Result<Value> dict_keys(Call& call) {
  std::vector<Value> keys;
  for (const auto& [key, value] : call.subject.dict()->items) keys.push_back(key);
  return make_sequence(Sequence::Kind::kView, std::move(keys), call.budget);
}

Result<Value> dict_values(Call& call) {
  std::vector<Value> values;
  for (const auto& [key, value] : call.subject.dict()->items) values.push_back(value);
  return make_sequence(Sequence::Kind::kView, std::move(values), call.budget);
}

Result<Value> dict_items(Call& call) {
  std::vector<Value> items;
  for (const auto& [key, value] : call.subject.dict()->items) {
    TERN_ASSIGN(Value pair, make_sequence(Sequence::Kind::kTuple, {key, value}, call.budget));
    items.push_back(std::move(pair));
  }
  return make_sequence(Sequence::Kind::kView, std::move(items), call.budget);
}

Result<Value> list_count(Call& call) {
  int64_t count = 0;
  for (const Value& item : call.subject.sequence()->items) {
    TERN_ASSIGN(const bool same, equal(item, *call.args[0], call.budget));
    count += same;
  }
  return Value(count);
}

Result<Value> loop_cycle(Call& call) {
  if (call.rest.empty()) return fail(ErrorCode::kInvalidArgument, "no items for cycling given");
  return call.rest[static_cast<uint64_t>(call.subject.loop()->index0) % call.rest.size()];
}

}  // namespace

Result<const Builtin*> find_method(const Value& subject, std::string_view name) {
  const std::string_view type = type_name(subject);
  for (const Method& method : kMethods) {
    if (method.type == type && method.builtin.name == name) return &method.builtin;
  }
  for (const Refused& refused : kRefused) {
    if (refused.type == type && has_word(refused.names, name)) {
      return fail(ErrorCode::kUnsupported, "{}.{} is not supported", type, name);
    }
  }
  return nullptr;
}

}  // namespace tern::jinja
