#pragma once
#include <string>

#include "base/system_files.h"

namespace tern {

/// What the processor calls itself (/proc/cpuinfo); "unknown CPU" where the system does not say, as on most
/// AArch64.
std::string cpu_name(const SystemFiles& files = SystemFiles());

}  // namespace tern
