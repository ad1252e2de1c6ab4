// Filters that compare the items of a sequence.
#include <algorithm>

#include "tokenizer/jinja/filters.h"
#include "tokenizer/jinja/operators.h"

namespace tern::jinja {
namespace {

using Kind = Sequence::Kind;

/// What an item is compared by.
struct Keyed {
  Value key, item;
};

/// Text that is compared without regard to case, anything else as it is.
Result<Value> folded(const Value& value, bool case_sensitive, Budget* budget) {
  if (case_sensitive || value.text() == nullptr) return value;
  TERN_TRY(budget->spend(value.text()->size()));
  TERN_ASSIGN(Text lower, change_case(*value.text(), Case::kLower));
  return make_text(std::move(lower), budget);
}

/// What of `item` is compared: its `attribute`, or itself where that is null or None.
Result<Value> key_of(const Value& item, const std::optional<Value>& attribute, bool case_sensitive,
                     Budget* budget) {
  Value key = item;
  if (attribute && !attribute->is_none()) {
    TERN_ASSIGN(key, path_of(item, *attribute, std::nullopt, budget));
  }
  return folded(key, case_sensitive, budget);
}

/// Items with the `attribute` that they are compared by, which may be null or None: they themselves.
Result<std::vector<Keyed>> keyed_items(const Call& call, const std::optional<Value>& attribute,
                                       bool case_sensitive) {
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  TERN_TRY(call.budget->spend_items(2 * sequence->items.size()));
  std::vector<Keyed> keyed;
  for (const Value& item : sequence->items) {
    TERN_ASSIGN(Value key, key_of(item, attribute, case_sensitive, call.budget));
    keyed.push_back({std::move(key), item});
  }
  return keyed;
}

/// "a,b" names two attributes.
Result<std::vector<std::optional<Value>>> attributes_of(const std::optional<Value>& given, Budget* budget) {
  std::vector<std::optional<Value>> attributes;
  const Text* text = given ? given->text() : nullptr;
  if (text == nullptr) {
    attributes.push_back(given);
    return attributes;
  }
  TERN_TRY(budget->spend_items(1 + static_cast<size_t>(std::ranges::count(text->bytes(), ','))));
  for (size_t begin = 0; begin <= text->size();) {
    const size_t end = std::min(text->bytes().find(',', begin), text->size());
    attributes.emplace_back(Value(text->substr(begin, end)));
    begin = end + 1;
  }
  return attributes;
}

/// sorted(): equal items keep their order, backwards too.
Result<Value> sorted_list(std::vector<Keyed> keyed, bool reverse, Budget* budget) {
  if (reverse) std::reverse(keyed.begin(), keyed.end());
  TERN_TRY(stable_sort_by(
      &keyed, [](const Keyed& item) -> const Value& { return item.key; }, budget));
  if (reverse) std::reverse(keyed.begin(), keyed.end());
  std::vector<Value> items;
  items.reserve(keyed.size());
  for (Keyed& item : keyed) items.push_back(std::move(item.item));
  return make_sequence(Kind::kList, std::move(items), budget);
}

/// The first of the items that are less than all others, or greater with `greatest`.
Result<Value> extreme(const Call& call, bool greatest) {
  TERN_ASSIGN(auto keyed, keyed_items(call, call.args[1], call.flag(0, false)));
  if (keyed.empty()) return Value::undefined("No aggregated item, sequence was empty.");
  size_t best = 0;
  for (size_t i = 1; i < keyed.size(); ++i) {
    TERN_ASSIGN(const int order, compare(keyed[i].key, keyed[best].key, call.budget));
    if (greatest ? order > 0 : order < 0) best = i;
  }
  return keyed[best].item;
}

}  // namespace

Result<Value> filter_sort(Call& call) {
  TERN_ASSIGN(const auto sequence, iterate(call.subject, call.budget));
  TERN_ASSIGN(const auto attributes, attributes_of(call.args[2], call.budget));
  std::vector<Keyed> keyed;
  for (const Value& item : sequence->items) {
    TERN_TRY(call.budget->spend_items(2 + attributes.size()));
    // Lists, as jinja2 has them: of such only what differs is ordered, and two values that are undefined do
    // not.
    std::vector<Value> keys;
    for (const auto& attribute : attributes) {
      TERN_ASSIGN(Value key, key_of(item, attribute, call.flag(1, false), call.budget));
      keys.push_back(std::move(key));
    }
    TERN_ASSIGN(Value key, make_sequence(Kind::kList, std::move(keys), call.budget));
    keyed.push_back({std::move(key), item});
  }
  return sorted_list(std::move(keyed), call.flag(0, false), call.budget);
}

Result<Value> filter_dictsort(Call& call) {
  if (call.subject.is_undefined()) return undefined_error(call.subject);
  const Dict* dict = call.subject.dict();
  if (dict == nullptr)
    return fail(ErrorCode::kInvalidArgument, "dictsort does not take '{}'", type_name(call.subject));
  TERN_ASSIGN(const Text by, call.text(1, "key"));
  if (by.bytes() != "key" && by.bytes() != "value")
    return fail(ErrorCode::kInvalidArgument, "dictsort: by must be 'key' or 'value'");
  TERN_TRY(call.budget->spend_items(2 * dict->items.size()));
  std::vector<Keyed> keyed;
  for (const auto& [key, value] : dict->items) {
    TERN_ASSIGN(Value what, folded(by.bytes() == "key" ? key : value, call.flag(0, false), call.budget));
    TERN_ASSIGN(Value pair, make_sequence(Kind::kTuple, {key, value}, call.budget));
    keyed.push_back({std::move(what), std::move(pair)});
  }
  return sorted_list(std::move(keyed), call.flag(2, false), call.budget);
}

Result<Value> filter_max(Call& call) {
  return extreme(call, /*greatest=*/true);
}
Result<Value> filter_min(Call& call) {
  return extreme(call, /*greatest=*/false);
}

Result<Value> filter_sum(Call& call) {
  TERN_ASSIGN(const auto keyed, keyed_items(call, call.args[0], /*case_sensitive=*/true));
  Value sum = call.has(1) ? *call.args[1] : Value(int64_t{0});
  if (sum.text() != nullptr) return fail(ErrorCode::kInvalidArgument, "sum does not take strings: use join");
  for (const Keyed& item : keyed) {
    TERN_ASSIGN(sum, arithmetic(Op::kAdd, sum, item.key, call.budget));
  }
  return sum;
}

Result<Value> filter_unique(Call& call) {
  TERN_ASSIGN(auto keyed, keyed_items(call, call.args[1], call.flag(0, false)));
  std::vector<Value> keys, items;
  for (Keyed& item : keyed) {
    if (!hashable(item.key))
      return fail(ErrorCode::kInvalidArgument, "unique does not take '{}'", type_name(item.key));
    bool seen = false;
    for (size_t i = 0; i < keys.size() && !seen; ++i) {
      TERN_ASSIGN(seen, equal(keys[i], item.key, call.budget));
    }
    if (seen) continue;
    keys.push_back(std::move(item.key));
    items.push_back(std::move(item.item));
  }
  return make_sequence(Kind::kIterator, std::move(items), call.budget);
}

}  // namespace tern::jinja
