#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tern {

/// "760 MB", "1.26 GB": decimal units, three digits.
std::string amount_text(double bytes);
/// "1 thread", "2 threads".
std::string counted(int64_t n, std::string_view noun);

}  // namespace tern
