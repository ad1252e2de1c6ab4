#pragma once
// What a control group (a container, a service) allows this process: the least along its way up. Version 2,
// and version 1, whose controllers have trees of their own.
#include <cstdint>
#include <optional>

#include "base/system_files.h"

namespace tern {

/// Processors' worth of time (1.5: of every 100 ms 150 ms); nothing when it is not limited.
std::optional<double> cgroup_processors(const SystemFiles& files);

struct CgroupMemory {
  uint64_t limit = 0;  ///< bytes that the group may ever have
  uint64_t used = 0;   ///< of them, less the file pages that would be given up first
  uint64_t left() const { return limit - (used < limit ? used : limit); }
};
/// Of the group in which least is left; nothing when none is limited.
std::optional<CgroupMemory> cgroup_memory(const SystemFiles& files);

}  // namespace tern
