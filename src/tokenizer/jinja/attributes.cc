// object.name and object[key].
#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {
namespace {

struct LoopAttribute {
  std::string_view name;
  Value (*get)(const Loop&);
};

Value neighbour(const Loop& loop, int64_t index, std::string_view which) {
  if (index < 0 || index >= static_cast<int64_t>(loop.items->items.size())) {
    return Value::undefined(fmt::format("there is no {} item", which));
  }
  return loop.items->items[index];
}

int64_t size_of(const Loop& loop) {
  return static_cast<int64_t>(loop.items->items.size());
}

constexpr LoopAttribute kLoopAttributes[] = {
    {"index", [](const Loop& loop) { return Value(loop.index0 + 1); }},
    {"index0", [](const Loop& loop) { return Value(loop.index0); }},
    {"revindex", [](const Loop& loop) { return Value(size_of(loop) - loop.index0); }},
    {"revindex0", [](const Loop& loop) { return Value(size_of(loop) - loop.index0 - 1); }},
    {"first", [](const Loop& loop) { return Value(loop.index0 == 0); }},
    {"last", [](const Loop& loop) { return Value(loop.index0 + 1 == size_of(loop)); }},
    {"length", [](const Loop& loop) { return Value(size_of(loop)); }},
    {"previtem", [](const Loop& loop) { return neighbour(loop, loop.index0 - 1, "previous"); }},
    {"nextitem", [](const Loop& loop) { return neighbour(loop, loop.index0 + 1, "next"); }},
    // These count recursive loops only, which there are none of.
    {"depth", [](const Loop&) { return Value(int64_t{1}); }},
    {"depth0", [](const Loop&) { return Value(int64_t{0}); }}};

Result<Value> missing(const Value& object, std::string_view name, Budget* budget) {
  return make_undefined(fmt::format("'{} object' has no attribute '{}'", type_name(object), shown_name(name)),
                        budget);
}

}  // namespace

Result<Value> get_attribute(const Value& object, std::string_view name, Budget* budget) {
  if (object.is_undefined()) return undefined_error(object);
  TERN_TRY(budget->spend(name.size()));
  if (const Dict* dict = object.dict()) {
    TERN_ASSIGN(const Value* found, find_key(*dict, Value(Text(name)), budget));
    if (found != nullptr) return *found;
  } else if (const auto* space = object.as<Namespace*>()) {
    const auto found = (*space)->items.find(std::string(name));
    if (found != (*space)->items.end()) return found->second;
  } else if (const Loop* loop = object.loop()) {
    for (const LoopAttribute& attribute : kLoopAttributes) {
      if (attribute.name == name) return attribute.get(*loop);
    }
  }
  return missing(object, name, budget);
}

Result<Value> get_item(const Value& object, const Value& key, Budget* budget) {
  if (object.is_undefined()) return undefined_error(object);
  if (const Dict* dict = object.dict(); dict && hashable(key)) {
    TERN_ASSIGN(const Value* found, find_key(*dict, key, budget));
    if (found != nullptr) return *found;
  }
  if (const Text* name = key.text()) {
    TERN_ASSIGN(const Builtin* method, find_method(object, name->bytes()));
    if (method != nullptr) return Value(Callable{});
    if (object.dict()) return missing(object, name->bytes(), budget);
    return get_attribute(object, name->bytes(), budget);
  }
  int64_t storage;
  const int64_t* index = key.integer(&storage);
  const Sequence* sequence = object.sequence();
  const bool indexed =
      sequence && sequence->kind != Sequence::Kind::kView && sequence->kind != Sequence::Kind::kIterator;
  const auto at = [&](size_t size) {
    const auto length = static_cast<int64_t>(size);
    return *index >= 0 && *index < length ? *index : *index < 0 && *index >= -length ? *index + length : -1;
  };
  if (index && indexed && at(sequence->items.size()) >= 0) return sequence->items[at(sequence->items.size())];
  if (const Text* text = object.text(); text && index) {
    TERN_TRY(budget->spend(sizeof(size_t) * text->size()));
    const std::vector<size_t> offsets = character_offsets(text->bytes());
    const int64_t character = at(offsets.size() - 1);
    if (character >= 0) return make_text(text->substr(offsets[character], offsets[character + 1]), budget);
  }
  return make_undefined(fmt::format("'{} object' has no such element", type_name(object)), budget);
}

Status set_attribute(Namespace* object, std::string_view name, Value value, Budget* budget) {
  if (name.substr(0, 1) == "_") {
    return fail(ErrorCode::kInvalidArgument, "attribute '{}' of a namespace starts with '_'", name);
  }
  TERN_TRY(budget->spend(Budget::kItem + name.size()));
  object->items.insert_or_assign(std::string(name), std::move(value));
  return {};
}

}  // namespace tern::jinja
