#include "base/cgroup.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tern {
namespace {

constexpr std::string_view kMount = "/sys/fs/cgroup";
constexpr size_t kMostGroups = 64;  // of a way up
// Version 1 writes "no limit" as the greatest multiple of a page that 63 bits hold.
constexpr uint64_t kNoLimit = uint64_t{1} << 60;

/// Whether `controller` is in "cpu,cpuacct".
bool lists(std::string_view controllers, std::string_view controller) {
  while (true) {
    const size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == controller) return true;
    if (comma == std::string_view::npos) return false;
    controllers.remove_prefix(comma + 1);
  }
}

/// Folders of the groups that this process is in, from its own up to the mounted root: version 2's ("") or
/// those of one of version 1's controllers. In a container the path may be that of outside; the root is
/// always right.
std::vector<std::string> groups_of(const SystemFiles& files, std::string_view controller) {
  std::string root(kMount);
  if (!controller.empty()) root += "/" + std::string(controller);
  std::vector<std::string> groups;
  // Lines are "hierarchy:controllers:path".
  const std::string text = files.read("/proc/self/cgroup").value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    if (!lists(line.substr(first + 1, second - first - 1), controller)) continue;
    std::string_view path = line.substr(second + 1);
    if (!path.starts_with('/') || path.find("/..") != std::string_view::npos)
      break;  // not of what is mounted here
    while (path.size() > 1 && groups.size() < kMostGroups) {
      groups.push_back(root + std::string(path));
      path = path.substr(0, path.rfind('/'));
    }
    break;
  }
  groups.push_back(root);
  return groups;
}

/// "<quota> <period>" of version 2, "max" for no quota.
std::optional<double> quota_of(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto quota = whole_number_of(line.substr(0, blank)), period = whole_number_of(line.substr(blank + 1));
  if (!quota || !period || *quota == 0 || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

struct MemoryNames {
  std::string_view controller, limit, used, idle;
};
constexpr MemoryNames kMemoryNames[] = {
    {"", "/memory.max", "/memory.current", "inactive_file"},
    {"memory", "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"},
};

}  // namespace

std::optional<double> cgroup_processors(const SystemFiles& files) {
  std::optional<double> least;
  const auto take = [&least](std::optional<double> processors) {
    if (processors && (!least || *processors < *least)) least = processors;
  };
  for (const std::string& group : groups_of(files, "")) {
    take(quota_of(files.read_line(group + "/cpu.max").value_or("")));
  }
  for (const std::string& group : groups_of(files, "cpu")) {
    const auto quota = files.read_line(group + "/cpu.cfs_quota_us"),
               period = files.read_line(group + "/cpu.cfs_period_us");
    if (quota && period) take(quota_of(*quota + " " + *period));
  }
  return least;
}

std::optional<CgroupMemory> cgroup_memory(const SystemFiles& files) {
  std::optional<CgroupMemory> least;
  for (const MemoryNames& names : kMemoryNames) {
    for (const std::string& group : groups_of(files, names.controller)) {
      const auto limit = files.read_number(group + std::string(names.limit));
      if (!limit || *limit >= kNoLimit) continue;
      const uint64_t charged = files.read_number(group + std::string(names.used)).value_or(0);
      const std::string statistics = files.read(group + "/memory.stat").value_or("");
      const uint64_t idle = whole_number_of(field_of(statistics, names.idle)).value_or(0);
      const CgroupMemory memory{*limit, charged - std::min(idle, charged)};
      if (!least || memory.left() < least->left()) least = memory;
    }
  }
  return least;
}

}  // namespace tern
