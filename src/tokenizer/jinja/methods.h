#pragma once
// The functions behind methods.inc.
#include "tokenizer/jinja/builtins.h"

namespace tern::jinja {

#define TERN_JINJA_METHOD(type, name, function, parameters, required) Result<Value> function(Call&);
#define TERN_JINJA_REFUSED(type, names)
#include "tokenizer/jinja/methods.inc"
#undef TERN_JINJA_METHOD
#undef TERN_JINJA_REFUSED

}  // namespace tern::jinja
