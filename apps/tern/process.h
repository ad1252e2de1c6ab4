#pragma once
// The edge of a program: every way to fail becomes a message and an exit code (base/error.inc).
#include <functional>

#include "base/error.h"

namespace tern {

/// What main() is: prepares standard streams and signals, runs `body` and gives its exit code. What `body`
/// throws (CLI11 and the C++ library may) is reported.
int run_process(const std::function<int()>& body);

/// Prints `error`; gives its exit code.
int report_error(const Error& error);

}  // namespace tern
