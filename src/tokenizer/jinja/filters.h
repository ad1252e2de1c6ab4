#pragma once
// The functions behind filters.inc.
#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {

#define TERN_JINJA_FILTER(name, function, parameters, required) Result<Value> filter_##function(Call&);
#include "tokenizer/jinja/filters.inc"
#undef TERN_JINJA_FILTER

}  // namespace tern::jinja
