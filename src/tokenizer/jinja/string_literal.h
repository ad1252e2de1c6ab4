#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern::jinja {

/// The text of a string literal, with Python's escapes undone. `quoted` starts and ends with the same quote.
Result<std::string> unquote(std::string_view quoted);

}  // namespace tern::jinja
