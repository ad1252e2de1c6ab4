#include "tokenizer/jinja/methods.h"

namespace tern::jinja {
namespace {

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

}  // namespace

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

Result<Value> list_index(Call& call) {
  int64_t index = 0;
  for (const Value& item : call.subject.sequence()->items) {
    TERN_ASSIGN(const bool same, equal(item, *call.args[0], call.budget));
    if (same) return Value(index);
    ++index;
  }
  return fail(ErrorCode::kInvalidArgument, "the value is not in the {}", type_name(call.subject));
}

Result<Value> loop_cycle(Call& call) {
  if (call.rest.empty()) return fail(ErrorCode::kInvalidArgument, "no items for cycling given");
  return call.rest[static_cast<uint64_t>(call.subject.loop()->index0) % call.rest.size()];
}

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
