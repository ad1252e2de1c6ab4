#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tern {

/// The name that `word` is most probably a misspelling of; "" when none is near.
std::string nearest_name(std::string_view word, std::span<const std::string_view> names);

}  // namespace tern
