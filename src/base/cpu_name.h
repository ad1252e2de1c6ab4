#pragma once
#include <string>

namespace tern {

/// What the processor calls itself (/proc/cpuinfo); "unknown CPU" where the system does not say, as on most
/// AArch64.
std::string cpu_name();

}  // namespace tern
