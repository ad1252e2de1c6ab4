#pragma once
#include "base/error.h"

namespace tern {

/// `tern --version --json`: what was built, and the kernels in use. Nothing in it depends on when or where.
/// Errors: those of init_kernels().
Status print_version_json();

}  // namespace tern
