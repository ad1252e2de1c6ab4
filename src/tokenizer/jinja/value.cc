#include "tokenizer/jinja/value.h"

#include <cmath>

namespace tern::jinja {
namespace {

int depth_of(const Value& value) {
  if (const Sequence* sequence = value.sequence()) return sequence->depth;
  if (const Dict* dict = value.dict()) return dict->depth;
  if (const Loop* loop = value.loop()) return loop->items->depth;
  return 0;
}

Result<int> container_depth(int depth_of_items) {
  if (depth_of_items >= kMaxValueDepth) {
    return fail(ErrorCode::kOutOfMemory, "the chat template nests values deeper than {}", kMaxValueDepth);
  }
  return depth_of_items + 1;
}

/// Exact for every int64 and double on platforms with 64 bits of mantissa; else for integers below 2^53.
long double number_of(const Value& value) {
  int64_t storage;
  if (const int64_t* integer = value.integer(&storage)) return static_cast<long double>(*integer);
  return *value.as<double>();
}

/// The number of keys when `key` is none of them.
Result<size_t> index_of_key(const Dict& dict, const Value& key, Budget* budget) {
  if (!hashable(key)) {
    return fail(ErrorCode::kInvalidArgument, "a {} cannot be the key of a dictionary", type_name(key));
  }
  for (size_t i = 0; i < dict.items.size(); ++i) {
    TERN_ASSIGN(const bool same, equal(dict.items[i].first, key, budget));
    if (same) return i;
  }
  return dict.items.size();
}

Result<bool> equal_sequences(const Sequence& a, const Sequence& b, Budget* budget) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.items.size() != b.items.size()) return false;
  if (a.kind == Sequence::Kind::kView) {
    return fail(ErrorCode::kUnsupported,
                "comparing dictionary views is not supported: apply the list filter first");
  }
  if (a.kind == Sequence::Kind::kIterator) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    TERN_ASSIGN(const bool same, equal(a.items[i], b.items[i], budget));
    if (!same) return false;
  }
  return true;
}

Result<bool> equal_dicts(const Dict& a, const Dict& b, Budget* budget) {
  if (a.items.size() != b.items.size()) return false;
  for (const auto& [key, value] : a.items) {
    TERN_ASSIGN(const Value* other, find_key(b, key, budget));
    if (other == nullptr) return false;
    TERN_ASSIGN(const bool same, equal(value, *other, budget));
    if (!same) return false;
  }
  return true;
}

}  // namespace

Value Value::undefined(std::string reason) {
  return Undefined{std::make_shared<const std::string>(std::move(reason))};
}

const int64_t* Value::integer(int64_t* storage) const {
  if (const bool* boolean = as<bool>()) {
    *storage = *boolean;
    return storage;
  }
  return as<int64_t>();
}

std::string_view type_name(const Value& value) {
  if (value.is_undefined()) return "Undefined";
  if (value.is_none()) return "None";
  if (value.as<bool>()) return "bool";
  if (value.as<int64_t>()) return "int";
  if (value.as<double>()) return "float";
  if (value.text()) return "str";
  if (value.dict()) return "dict";
  if (value.as<Namespace*>()) return "Namespace";
  if (value.loop()) return "LoopContext";
  if (value.as<Callable>()) return "function";
  switch (value.sequence()->kind) {
    case Sequence::Kind::kList:
      return "list";
    case Sequence::Kind::kTuple:
      return "tuple";
    case Sequence::Kind::kRange:
      return "range";
    case Sequence::Kind::kView:
      return "dict view";
    case Sequence::Kind::kIterator:
      return "generator";
  }
  return "object";
}

tl::unexpected<Error> undefined_error(const Value& value) {
  const auto& reason = value.as<Undefined>()->reason;
  return fail(ErrorCode::kInvalidArgument, "{}", reason ? *reason : std::string("a value is undefined"));
}

// clang-tidy 14 overlooks a move inside braces.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Result<Value> make_sequence(Sequence::Kind kind, std::vector<Value> items, Budget* budget) {
  TERN_TRY(budget->spend_items(items.size() + 1));
  int deepest = 0;
  bool all_hashable = kind == Sequence::Kind::kTuple;
  for (const Value& item : items) {
    deepest = std::max(deepest, depth_of(item));
    all_hashable = all_hashable && hashable(item);
  }
  TERN_ASSIGN(const int depth, container_depth(deepest));
  return Value(std::make_shared<const Sequence>(Sequence{kind, std::move(items), depth, all_hashable}));
}

Result<Value> make_dict(std::vector<std::pair<Value, Value>> items, Budget* budget) {
  TERN_TRY(budget->spend_items(2 * items.size() + 1));
  Dict dict{{}, 0};
  int deepest = 0;
  for (auto& item : items) {
    deepest = std::max({deepest, depth_of(item.first), depth_of(item.second)});
    TERN_ASSIGN(const size_t at, index_of_key(dict, item.first, budget));
    if (at < dict.items.size()) {
      dict.items[at].second = std::move(item.second);
    } else {
      dict.items.push_back(std::move(item));
    }
  }
  TERN_ASSIGN(dict.depth, container_depth(deepest));
  return Value(std::make_shared<const Dict>(std::move(dict)));
}

Result<Value> make_text(Text text, Budget* budget) {
  TERN_TRY(budget->spend(Budget::kItem + text.size() + sizeof(Ranges::value_type) * text.user().size()));
  return Value(std::move(text));
}

Result<Value> make_undefined(std::string reason, Budget* budget) {
  TERN_TRY(budget->spend(Budget::kItem + reason.size()));
  return Value::undefined(std::move(reason));
}

std::string_view shown_name(std::string_view name) {
  constexpr size_t kShown = 80;
  size_t end = std::min(name.size(), kShown);
  while (end > 0 && end < name.size() && (name[end] & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

Result<const Value*> find_key(const Dict& dict, const Value& key, Budget* budget) {
  TERN_ASSIGN(const size_t at, index_of_key(dict, key, budget));
  return at < dict.items.size() ? &dict.items[at].second : nullptr;
}

bool hashable(const Value& key) {
  if (const Sequence* sequence = key.sequence()) return sequence->hashable;
  return key.text() || key.is_number() || key.is_none() || key.is_undefined();
}

bool truthy(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (const bool* boolean = value.as<bool>()) return *boolean;
  if (const int64_t* integer = value.as<int64_t>()) return *integer != 0;
  if (const double* number = value.as<double>()) return *number != 0;
  if (const Text* text = value.text()) return text->size() > 0;
  if (const Dict* dict = value.dict()) return !dict->items.empty();
  if (const Sequence* sequence = value.sequence()) {
    return sequence->kind == Sequence::Kind::kIterator || !sequence->items.empty();
  }
  return true;
}

Result<bool> equal(const Value& a, const Value& b, Budget* budget) {
  TERN_TRY(budget->spend(Budget::kStep));
  if (a.is_number() && b.is_number()) return number_of(a) == number_of(b);
  if (a.text() && b.text()) {
    if (a.text()->size() != b.text()->size()) return false;
    TERN_TRY(budget->spend(a.text()->size()));
    return a.text()->bytes() == b.text()->bytes();
  }
  if (a.sequence() && b.sequence()) return equal_sequences(*a.sequence(), *b.sequence(), budget);
  if (a.dict() && b.dict()) return equal_dicts(*a.dict(), *b.dict(), budget);
  if (a.as<Namespace*>() && b.as<Namespace*>()) return *a.as<Namespace*>() == *b.as<Namespace*>();
  if (a.loop() && b.loop()) return a.loop() == b.loop();
  if (a.as<Callable>() && b.as<Callable>()) {
    return fail(ErrorCode::kUnsupported, "comparing functions is not supported");
  }
  return (a.is_none() && b.is_none()) || (a.is_undefined() && b.is_undefined());
}

Result<int> compare(const Value& a, const Value& b, Budget* budget) {
  TERN_TRY(budget->spend(Budget::kStep));
  if (a.is_undefined()) return undefined_error(a);
  if (b.is_undefined()) return undefined_error(b);
  if (a.is_number() && b.is_number()) {
    const long double x = number_of(a), y = number_of(b);
    if (std::isnan(x) || std::isnan(y)) {
      return fail(ErrorCode::kUnsupported, "ordering by a number that is not a number");
    }
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.text() && b.text()) {
    TERN_TRY(budget->spend(std::min(a.text()->size(), b.text()->size())));
    // The order of UTF-8 bytes is the order of code points, which is Python's.
    return a.text()->bytes().compare(b.text()->bytes());
  }
  const Sequence *left = a.sequence(), *right = b.sequence();
  if (left && right && left->kind == right->kind &&
      (left->kind == Sequence::Kind::kList || left->kind == Sequence::Kind::kTuple)) {
    for (size_t i = 0; i < std::min(left->items.size(), right->items.size()); ++i) {
      TERN_ASSIGN(const bool same, equal(left->items[i], right->items[i], budget));
      if (!same) return compare(left->items[i], right->items[i], budget);
    }
    return left->items.size() < right->items.size() ? -1 : left->items.size() > right->items.size() ? 1 : 0;
  }
  return fail(ErrorCode::kInvalidArgument, "{} and {} have no order", type_name(a), type_name(b));
}

Result<bool> contains(const Value& container, const Value& item, Budget* budget) {
  if (const Text* text = container.text()) {
    if (!item.text()) {
      return fail(ErrorCode::kInvalidArgument, "'in <string>' requires a string, not {}", type_name(item));
    }
    TERN_TRY(budget->spend(text->size()));
    return find_bytes(text->bytes(), item.text()->bytes()) != std::string_view::npos;
  }
  if (const Dict* dict = container.dict()) {
    TERN_ASSIGN(const Value* found, find_key(*dict, item, budget));
    return found != nullptr;
  }
  TERN_ASSIGN(const auto sequence, iterate(container, budget));
  for (const Value& other : sequence->items) {
    TERN_ASSIGN(const bool same, equal(other, item, budget));
    if (same) return true;
  }
  return false;
}

Result<std::shared_ptr<const Sequence>> iterate(const Value& value, Budget* budget) {
  std::vector<Value> items;
  if (const Sequence* sequence = value.sequence()) {
    const bool ran_already = sequence->consumed;
    sequence->consumed = sequence->kind == Sequence::Kind::kIterator;
    if (!ran_already) return value.shared_sequence();
  } else if (const Text* text = value.text()) {
    // Paid before it is made: an item outweighs the byte that it stands for.
    TERN_TRY(budget->spend_items(2 * text->size()));
    const std::vector<size_t> offsets = character_offsets(text->bytes());
    TERN_TRY(budget->spend(offsets.size() * text->user().size()));
    for (size_t i = 0; i + 1 < offsets.size(); ++i)
      items.emplace_back(text->substr(offsets[i], offsets[i + 1]).with_markup(false));
  } else if (const Dict* dict = value.dict()) {
    for (const auto& [key, unused] : dict->items) items.push_back(key);
  } else if (!value.is_undefined()) {
    return fail(ErrorCode::kInvalidArgument, "'{}' object is not iterable", type_name(value));
  }
  TERN_ASSIGN(const Value sequence, make_sequence(Sequence::Kind::kIterator, std::move(items), budget));
  return sequence.shared_sequence();
}

Result<int64_t> length(const Value& value, Budget* budget) {
  if (value.is_undefined()) return 0;
  if (const Text* text = value.text()) {
    TERN_TRY(budget->spend(text->size()));
    return static_cast<int64_t>(character_offsets(text->bytes()).size() - 1);
  }
  if (const Dict* dict = value.dict()) return static_cast<int64_t>(dict->items.size());
  if (const Sequence* sequence = value.sequence(); sequence && sequence->kind != Sequence::Kind::kIterator) {
    return static_cast<int64_t>(sequence->items.size());
  }
  return fail(ErrorCode::kInvalidArgument, "object of type '{}' has no len()", type_name(value));
}

}  // namespace tern::jinja
