#include "machine/facts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/cpu_name.h"
#include "base/environment.h"
#include "base/temporary.h"
#include "base/thread_pool.h"

namespace tern {
namespace {

// Of x86-64 ("flags") and AArch64 ("Features").
constexpr std::string_view kFeatures[] = {
    "avx2",     "fma",         "f16c",       "avx_vnni", "avx512f", "avx512bw", "avx512dq",
    "avx512vl", "avx512_vnni", "avx512vbmi", "asimd",    "asimddp", "i8mm",
};

std::vector<std::string> features_of(const std::string& cpuinfo) {
  std::string_view line = field_of(cpuinfo, "flags");
  if (line.empty()) line = field_of(cpuinfo, "Features");
  std::istringstream words{std::string(line)};
  std::vector<std::string> features;
  for (std::string word; words >> word;) {
    const bool known = std::find(std::begin(kFeatures), std::end(kFeatures), word) != std::end(kFeatures);
    if (known && std::find(features.begin(), features.end(), word) == features.end())
      features.push_back(word);
  }
  return features;
}

/// "32K" of the caches that processor 0 has.
uint64_t largest_cache(const SystemFiles& files) {
  constexpr int kMostCaches = 8;
  uint64_t largest = 0;
  for (int i = 0; i < kMostCaches; ++i) {
    const auto size = files.read_line(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", i));
    if (!size || !size->ends_with('K')) continue;
    const auto kilobytes = whole_number_of(std::string_view(*size).substr(0, size->size() - 1));
    if (kilobytes && *kilobytes < UINT64_MAX / 1024) largest = std::max(largest, *kilobytes * 1024);
  }
  return largest;
}

int allowed_processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

std::optional<uint64_t> least(std::initializer_list<std::optional<uint64_t>> values) {
  std::optional<uint64_t> result;
  for (const auto& value : values) {
    if (value && (!result || *value < *result)) result = value;
  }
  return result;
}

/// Whether a file can be made in `folder`; none remains. Permissions do not tell: root has all of them, in
/// /proc as well.
bool takes_files(const std::string& folder) {
  int file = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0 && errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != EROFS) {
    const std::string name =
        temporary_name(folder + "/doctor");  // not every file system has files without a name
    file = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file >= 0) ::unlink(name.c_str());
  }
  if (file >= 0) ::close(file);
  return file >= 0;
}

// What statfs() calls file systems whose bytes come from elsewhere: NFS, SMB (three), 9P, FUSE, Ceph.
constexpr uint64_t kRemote[] = {0x6969, 0x517B, 0xFE534D42, 0xFF534D42, 0x01021997, 0x65735546, 0x00C36400};

}  // namespace

ProcessorFacts read_processor(const SystemFiles& files) {
  ProcessorFacts facts;
  facts.name = cpu_name(files);
  facts.features = features_of(files.read("/proc/cpuinfo").value_or(""));
  facts.online = static_cast<int>(std::max<long>(::sysconf(_SC_NPROCESSORS_ONLN), 0));
  facts.allowed = allowed_processors();
  facts.quota = cgroup_processors(files);
  facts.usable = available_threads();
  facts.governor = files.read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").value_or("");
  facts.driver = files.read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver").value_or("");
  facts.cache_bytes = largest_cache(files);
  return facts;
}

IsaFacts read_isa() {
  return {compiled_isas(), supported_isas(), active_isa(), !environment("TERN_ISA").empty()};
}

std::optional<uint64_t> MemoryFacts::usable() const {
  return least({available, address_space, group ? std::optional(group->left()) : std::nullopt});
}

std::optional<uint64_t> MemoryFacts::most() const {
  const auto all = total ? std::optional(*total + swap_total) : std::nullopt;
  return least({all, address_space, group ? std::optional(group->limit) : std::nullopt});
}

MemoryFacts read_memory(const SystemFiles& files) {
  MemoryFacts facts;
  const std::string info = files.read("/proc/meminfo").value_or("");
  facts.total = kilobytes_field_of(info, "MemTotal");
  facts.available = kilobytes_field_of(info, "MemAvailable");
  facts.swap_total = kilobytes_field_of(info, "SwapTotal").value_or(0);
  facts.swap_used =
      facts.swap_total - std::min(kilobytes_field_of(info, "SwapFree").value_or(0), facts.swap_total);
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    const std::string status = files.read("/proc/self/status").value_or("");
    const uint64_t mapped = kilobytes_field_of(status, "VmSize").value_or(0);
    facts.address_space = limit.rlim_cur - std::min<uint64_t>(mapped, limit.rlim_cur);
  }
  facts.group = cgroup_memory(files);
  return facts;
}

std::string read_huge_pages(const SystemFiles& files) {
  // "always [madvise] never"
  const std::string line = files.read_line("/sys/kernel/mm/transparent_hugepage/enabled").value_or("");
  const size_t begin = line.find('['), end = line.find(']');
  return begin < end && end != std::string::npos ? line.substr(begin + 1, end - begin - 1) : std::string();
}

FolderFacts look_at_folder(std::string what, std::string path) {
  FolderFacts facts{std::move(what), std::move(path), FolderState::kNowhere};
  if (facts.path.empty()) return facts;
  // The first folder on the way up that exists decides.
  std::string folder = facts.path;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  bool missing = false;
  struct stat info {};
  while (::stat(folder.c_str(), &info) != 0 && errno == ENOENT && folder_of(folder) != folder) {
    folder = folder_of(folder);
    missing = true;
  }
  const bool writable = takes_files(folder);
  facts.state = !writable ? FolderState::kUnwritable
                : missing ? FolderState::kMissing
                          : FolderState::kWritable;
  return facts;
}

Disk disk_of_device(const SystemFiles& files, unsigned major, unsigned minor) {
  // A hypervisor's disk says that it rotates, whatever is behind it.
  const std::string device =
      files.read(fmt::format("/sys/dev/block/{}:{}/uevent", major, minor)).value_or("");
  const size_t name = device.find("DEVNAME=");
  if (name != std::string::npos) {
    const std::string_view disk = std::string_view(device).substr(name + std::string_view("DEVNAME=").size());
    if (disk.starts_with("vd") || disk.starts_with("xvd")) return Disk::kUnknown;
  }
  for (const char* const below : {"", "/.."}) {
    const auto rotational =
        files.read_number(fmt::format("/sys/dev/block/{}:{}{}/queue/rotational", major, minor, below));
    if (rotational) return *rotational == 0 ? Disk::kSolid : Disk::kRotating;
  }
  return Disk::kUnknown;
}

Disk disk_of(const SystemFiles& files, const std::string& path) {
  struct statfs system {};
  if (::statfs(path.c_str(), &system) == 0) {
    const auto type = static_cast<uint64_t>(system.f_type) & 0xFFFFFFFF;  // signed on some architectures
    if (std::find(std::begin(kRemote), std::end(kRemote), type) != std::end(kRemote)) return Disk::kNetwork;
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return Disk::kUnknown;
  return disk_of_device(files, ::gnu_dev_major(info.st_dev), ::gnu_dev_minor(info.st_dev));
}

MachineFacts read_machine(const SystemFiles& files) {
  MachineFacts facts;
  facts.processor = read_processor(files);
  facts.isa = read_isa();
  facts.memory = read_memory(files);
  facts.huge_pages = read_huge_pages(files);
  return facts;
}

}  // namespace tern
