#pragma once
// The functions behind filters.inc.
#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {

#define TERN_JINJA_FILTER(name, function, parameters, required) Result<Value> filter_##function(Call&);
#include "tokenizer/jinja/filters.inc"
#undef TERN_JINJA_FILTER

/// "a.b.0" of an item; `fallback` in place of what is undefined.
Result<Value> path_of(const Value& item, const Value& path, const std::optional<Value>& fallback,
                      Budget* budget);

}  // namespace tern::jinja
