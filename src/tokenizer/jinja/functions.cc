#include <ctime>

#include "tokenizer/jinja/builtins.h"
#include "tokenizer/jinja/interpreter.h"

namespace tern::jinja {
namespace {

#define TERN_JINJA_FUNCTION(name, function, parameters, required) Result<Value> function_##function(Call&);
#include "tokenizer/jinja/functions.inc"
#undef TERN_JINJA_FUNCTION

constexpr Builtin kFunctions[] = {
#define TERN_JINJA_FUNCTION(name, function, parameters, required) \
  {name, parameters, required, function_##function},
#include "tokenizer/jinja/functions.inc"
#undef TERN_JINJA_FUNCTION
};

/// dict(mapping, name=value ..)
Result<std::vector<std::pair<Value, Value>>> pairs(const Call& call) {
  std::vector<std::pair<Value, Value>> items;
  if (call.has(0)) {
    const Dict* mapping = call.args[0]->dict();
    if (mapping == nullptr) {
      return fail(ErrorCode::kUnsupported, "a dictionary made of a {} is not supported",
                  type_name(*call.args[0]));
    }
    TERN_TRY(call.budget->spend_items(2 * mapping->items.size()));
    items = mapping->items;
  }
  for (const auto& [name, value] : call.named) {
    TERN_ASSIGN(Value key, make_text(Text(name), call.budget));
    items.emplace_back(std::move(key), value);
  }
  return items;
}

Result<Value> function_dict(Call& call) {
  TERN_ASSIGN(auto items, pairs(call));
  return make_dict(std::move(items), call.budget);
}

Result<Value> function_make_namespace(Call& call) {
  TERN_ASSIGN(auto items, pairs(call));
  TERN_ASSIGN(Namespace* const space, call.interpreter->make_namespace());
  for (auto& [key, value] : items) {
    if (key.text() == nullptr)
      return fail(ErrorCode::kUnsupported, "a namespace with a {} as name", type_name(key));
    TERN_TRY(set_attribute(space, key.text()->bytes(), std::move(value), call.budget));
  }
  return Value(space);
}

Result<Value> function_raise_exception(Call& call) {
  TERN_ASSIGN(const Text message, to_text(*call.args[0], call.budget));
  return fail(ErrorCode::kInvalidArgument, "{}", message.bytes());
}

Result<Value> function_range(Call& call) {
  TERN_ASSIGN(const int64_t first, call.integer(0, 0));
  TERN_ASSIGN(const int64_t second, call.integer(1, 0));
  TERN_ASSIGN(const int64_t step, call.integer(2, 1));
  const int64_t start = call.has(1) ? first : 0, stop = call.has(1) ? second : first;
  if (step == 0) return fail(ErrorCode::kInvalidArgument, "range() step must not be zero");
  // Differences of int64 fit unsigned ones.
  const bool empty = step > 0 ? start >= stop : start <= stop;
  const uint64_t distance = step > 0 ? static_cast<uint64_t>(stop) - static_cast<uint64_t>(start)
                                     : static_cast<uint64_t>(start) - static_cast<uint64_t>(stop);
  const uint64_t stride = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
  const uint64_t count = empty ? 0 : (distance - 1) / stride + 1;
  if (count > static_cast<uint64_t>(kMaxRange)) {
    return fail(ErrorCode::kInvalidArgument, "range() of {} numbers: at most {} are allowed", count,
                kMaxRange);
  }
  TERN_TRY(call.budget->spend_items(count));
  std::vector<Value> items;
  for (uint64_t i = 0; i < count; ++i) {
    // Wraps around to the right number where i * step alone would not fit.
    items.emplace_back(static_cast<int64_t>(static_cast<uint64_t>(start) + i * static_cast<uint64_t>(step)));
  }
  return make_sequence(Sequence::Kind::kRange, std::move(items), call.budget);
}

/// The date as transformers gives it: local time now.
Result<Value> function_strftime_now(Call& call) {
  TERN_ASSIGN(const Text format, call.text(0, ""));
  constexpr std::string_view kConversions = "%aAbBcdFGHIjmMpSTuUVwWxXyY";
  constexpr size_t kMaxFormat = 256;
  if (format.size() > kMaxFormat)
    return fail(ErrorCode::kUnsupported, "strftime_now() with so long a format");
  const std::string& bytes = format.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '%') continue;
    const char conversion = ++i < bytes.size() ? bytes[i] : '\0';
    if (conversion == '\0' || kConversions.find(conversion) == std::string_view::npos) {
      return fail(ErrorCode::kUnsupported, "strftime_now('{}') is not supported", bytes);
    }
  }
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char buffer[64 * kMaxFormat];
  const size_t length = std::strftime(buffer, sizeof(buffer), bytes.c_str(), &local);
  return make_text(format.derived(std::string(buffer, length)), call.budget);
}

}  // namespace

const Builtin* find_function(std::string_view name) {
  for (const Builtin& function : kFunctions) {
    if (name == function.name) return &function;
  }
  return nullptr;
}

}  // namespace tern::jinja
