// Filters on sequences.
#include <charconv>
#include <cmath>

#include "tokenizer/char_class.h"
#include "tokenizer/jinja/filters.h"
#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

using Kind = Sequence::Kind;

/// What lazy filters make of anything that is false, even if nobody could iterate over it.
Result<Value> nothing(Budget* budget) {
  return make_sequence(Kind::kIterator, {}, budget);
}

/// select, reject, selectattr and rejectattr: items, or their attribute, that pass a test or fail it.
Result<Value> choose(Call& call, bool by_attribute, bool keep) {
  if (!truthy(call.subject)) return nothing(call.budget);
  const size_t test_at = by_attribute ? 1 : 0;
  const Builtin* test = nullptr;
  if (call.has(test_at)) {
    TERN_ASSIGN(const Text name, call.text(test_at, ""));
    test = find_test(name.bytes());
    if (test == nullptr) return fail(ErrorCode::kUnsupported, "test '{}' is not supported", name.bytes());
  }
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  std::vector<Value> chosen;
  for (const Value& item : sequence->items) {
    Value value = item;
    if (by_attribute) {
      TERN_ASSIGN(value, path_of(item, *call.args[0], std::nullopt, call.budget));
    }
    if (test != nullptr) {
      TERN_ASSIGN(value, invoke(*test, call.interpreter, std::move(value), call.rest, {}));
    }
    TERN_TRY(call.budget->spend(Budget::kItem));
    if (truthy(value) == keep) chosen.push_back(item);
  }
  return make_sequence(Kind::kIterator, std::move(chosen), call.budget);
}

/// The argument of int() and float() as std::from_chars takes it: "_" and blanks around are allowed as in
/// Python. Nothing when it is no number for sure.
std::optional<std::string> number_text(const Text& text) {
  const std::pair<size_t, size_t> stripped = strip_whitespace(text.bytes(), Side::kBoth);
  const size_t begin = stripped.first, end = stripped.second;
  std::string digits;
  for (size_t i = begin; i < end; ++i) {
    const char c = text.bytes()[i];
    const auto is_digit = [&](size_t at) {
      return at >= begin && at < end && text.bytes()[at] >= '0' && text.bytes()[at] <= '9';
    };
    if (c == '_' && !(is_digit(i - 1) && is_digit(i + 1))) return std::nullopt;
    if (c == '(') return std::nullopt;  // from_chars would take "nan(1)"
    if (c != '_') digits += c;
  }
  if (!digits.empty() && digits[0] == '+') {
    digits.erase(0, 1);
    if (!digits.empty() && digits[0] == '-') return std::nullopt;
  }
  return digits;
}

/// kUnsupported where Python has a number and we have not: one out of range, or of digits outside ASCII.
template <typename Number>
Result<std::optional<Number>> parse_number(const Text& text) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(std::string_view(text.bytes()).substr(at));
    at += step.length;
    if (step.state == Utf8State::kValid && step.code >= 0x80 && char_class(step.code) == CharClass::kNumber) {
      return fail(ErrorCode::kUnsupported, "a number with the digit U+{:04X} is not supported", step.code);
    }
  }
  const auto digits = number_text(text);
  if (!digits) return std::optional<Number>();
  Number number{};
  const char* last = digits->data() + digits->size();
  const auto [end, error] = std::from_chars(digits->data(), last, number);
  if (end != last || error == std::errc::invalid_argument) return std::optional<Number>();
  if (error == std::errc::result_out_of_range) {
    return fail(ErrorCode::kUnsupported, "number {} is out of range", shown_name(*digits));
  }
  return std::optional<Number>(number);
}

}  // namespace

Result<Value> path_of(const Value& item, const Value& path, const std::optional<Value>& fallback,
                      Budget* budget) {
  if (path.as<int64_t>()) return get_item(item, path, budget);
  if (path.text() == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "an attribute is named by a string, not '{}'", type_name(path));
  }
  Value value = item;
  std::string_view names = path.text()->bytes();
  TERN_TRY(budget->spend(2 * names.size()));
  while (true) {
    const std::string_view name = names.substr(0, names.find('.'));
    int64_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool number = error == std::errc() && end == name.data() + name.size() && index >= 0;
    TERN_ASSIGN(value, get_item(value, number ? Value(index) : Value(Text(name)), budget));
    if (fallback && value.is_undefined()) value = *fallback;
    if (name.size() == names.size()) return value;
    names.remove_prefix(name.size() + 1);
  }
}

Result<Value> filter_list(Call& call) {
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  TERN_TRY(call.budget->spend_items(sequence->items.size()));
  return make_sequence(Kind::kList, sequence->items, call.budget);
}

Result<Value> filter_first(Call& call) {
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  if (sequence->items.empty()) return Value::undefined("No first item, sequence was empty.");
  return sequence->items.front();
}

Result<Value> filter_last(Call& call) {
  const Sequence* given = call.subject.sequence();
  if (given && given->kind == Kind::kIterator) {
    return fail(ErrorCode::kInvalidArgument, "a generator has no last item: apply the list filter first");
  }
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  if (sequence->items.empty()) return Value::undefined("No last item, sequence was empty.");
  return sequence->items.back();
}

Result<Value> filter_items(Call& call) {
  std::vector<Value> items;
  if (!call.subject.is_undefined()) {
    const Dict* dict = call.subject.dict();
    if (dict == nullptr) return fail(ErrorCode::kInvalidArgument, "Can only get item pairs from a mapping.");
    for (const auto& [key, value] : dict->items) {
      TERN_ASSIGN(Value pair, make_sequence(Kind::kTuple, {key, value}, call.budget));
      items.push_back(std::move(pair));
    }
  }
  return make_sequence(Kind::kIterator, std::move(items), call.budget);
}

Result<Value> filter_join(Call& call) {
  Text separator;
  if (call.has(0)) {
    TERN_ASSIGN(separator, to_text(*call.args[0], call.budget));
  }
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  Text joined;
  for (size_t i = 0; i < sequence->items.size(); ++i) {
    Value item = sequence->items[i];
    if (call.has(1) && !call.args[1]->is_none()) {
      TERN_ASSIGN(item, path_of(item, *call.args[1], std::nullopt, call.budget));
    }
    TERN_ASSIGN(const Text text, to_text(item, call.budget));
    TERN_TRY(call.budget->spend(separator.size()));
    if (i > 0) joined.append(separator);
    joined.append(text);
  }
  return make_text(std::move(joined), call.budget);
}

Result<Value> filter_reverse(Call& call) {
  const Sequence* given = call.subject.sequence();
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  TERN_TRY(call.budget->spend_items(sequence->items.size()));
  std::vector<Value> items(sequence->items.rbegin(), sequence->items.rend());
  if (call.subject.text()) {
    Text reversed;
    for (const Value& character : items) reversed.append(*character.text());
    return make_text(std::move(reversed), call.budget);
  }
  // jinja2 makes a list of what cannot be run backwards.
  const bool makes_list = given && given->kind == Kind::kIterator;
  return make_sequence(makes_list ? Kind::kList : Kind::kIterator, std::move(items), call.budget);
}

Result<Value> filter_map(Call& call) {
  if (!truthy(call.subject)) return nothing(call.budget);
  std::optional<Value> attribute, fallback;
  // Behind the name of a filter they are the filter's.
  for (auto& [name, value] : call.rest.empty() ? call.named : NamedValues()) {
    if (name != "attribute" && name != "default")
      return fail(ErrorCode::kInvalidArgument, "map does not take argument '{}'", name);
    (name == "attribute" ? attribute : fallback) = value;
  }
  const Builtin* filter = nullptr;
  if (call.rest.empty() && !attribute) {
    return fail(ErrorCode::kInvalidArgument, "map requires a filter or an attribute");
  }
  if (!attribute) {
    const Text* name = call.rest[0].text();
    filter = name ? find_filter(name->bytes()) : nullptr;
    if (filter == nullptr) {
      return fail(ErrorCode::kUnsupported, "filter '{}' is not supported", name ? name->bytes() : "");
    }
  }
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  const std::vector<Value> arguments(call.rest.begin() + (filter ? 1 : 0), call.rest.end());
  std::vector<Value> mapped;
  for (const Value& item : sequence->items) {
    TERN_TRY(call.budget->spend(Budget::kItem));
    TERN_ASSIGN(Value value, filter ? invoke(*filter, call.interpreter, item, arguments, call.named)
                                    : path_of(item, *attribute, fallback, call.budget));
    mapped.push_back(std::move(value));
  }
  return make_sequence(Kind::kIterator, std::move(mapped), call.budget);
}

Result<Value> filter_select(Call& call) {
  return choose(call, false, true);
}
Result<Value> filter_reject(Call& call) {
  return choose(call, false, false);
}
Result<Value> filter_selectattr(Call& call) {
  return choose(call, true, true);
}
Result<Value> filter_rejectattr(Call& call) {
  return choose(call, true, false);
}

Result<Value> filter_to_int(Call& call) {
  TERN_ASSIGN(const int64_t base, call.integer(1, 10));
  if (base != 10) return fail(ErrorCode::kUnsupported, "int with a base other than 10 is not supported");
  if (call.subject.is_undefined()) return undefined_error(call.subject);
  const Value fallback = call.has(0) ? *call.args[0] : Value(int64_t{0});
  int64_t storage;
  if (const int64_t* integer = call.subject.integer(&storage)) return Value(*integer);
  const Text* text = call.subject.text();
  if (text != nullptr) {
    TERN_TRY(call.budget->spend(text->size()));
    TERN_ASSIGN(const auto integer, parse_number<int64_t>(*text));
    if (integer) return Value(*integer);
  }
  std::optional<double> number;
  if (call.subject.as<double>()) number = *call.subject.as<double>();
  if (text != nullptr) {
    TERN_ASSIGN(number, parse_number<double>(*text));
  }
  if (!number || std::isnan(*number)) return fallback;
  constexpr double kLimit = 9223372036854775808.0;
  if (!(*number > -kLimit && *number < kLimit)) {
    return fail(ErrorCode::kUnsupported, "a number leaves the range of 64 bits");
  }
  return Value(static_cast<int64_t>(*number));
}

Result<Value> filter_to_float(Call& call) {
  if (call.subject.is_undefined()) return undefined_error(call.subject);
  if (const double* number = call.subject.as<double>()) return Value(*number);
  int64_t storage;
  if (const int64_t* integer = call.subject.integer(&storage)) return Value(static_cast<double>(*integer));
  if (const Text* text = call.subject.text()) {
    TERN_TRY(call.budget->spend(text->size()));
    TERN_ASSIGN(const auto number, parse_number<double>(*text));
    if (number) return Value(*number);
  }
  return call.has(0) ? *call.args[0] : Value(0.0);
}

}  // namespace tern::jinja
