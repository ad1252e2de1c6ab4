#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace tern {

/// The most memory that process `pid` had resident so far (VmHWM: mapped files count as far as they were
/// touched). Nothing where /proc does not say, as for one that has ended.
std::optional<uint64_t> peak_memory(pid_t pid);
/// Sets this process's peak back to what is resident now; false where the kernel lacks /proc/self/clear_refs.
bool reset_peak_memory();

}  // namespace tern
