#pragma once
#include <cstdint>

namespace tern {

/// Whether none of x[0, n) is an infinity or a NaN.
bool all_finite(const float* x, int64_t n);

}  // namespace tern
