#pragma once
// Python's operators on values.
#include <optional>

#include "tokenizer/jinja/ast.h"

namespace tern::jinja {

/// + - * / // %; kUnsupported where Python would leave 64 bits.
Result<Value> arithmetic(Op op, const Value& a, const Value& b, Budget* budget);
Result<Value> negative(const Value& value);
Result<Value> positive(const Value& value);
/// == != < <= > >= in, not in
Result<bool> comparison(Op op, const Value& a, const Value& b, Budget* budget);
/// object[begin:end:step]; each part is an integer, None or null.
Result<Value> slice(const Value& object, const Value* begin, const Value* end, const Value* step,
                    Budget* budget);

}  // namespace tern::jinja
