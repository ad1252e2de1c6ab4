#pragma once
// What this machine is, as far as its kernel says: files that are missing (containers) leave facts out, never
// fail.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cgroup.h"
#include "base/system_files.h"
#include "kernels/isa.h"

namespace tern {

struct ProcessorFacts {
  std::string name;                   ///< "unknown CPU" where nothing says
  std::vector<std::string> features;  ///< those that kernels use, by the names of /proc/cpuinfo
  int online = 0;                     ///< processors of the machine; 0: unknown
  int allowed = 0;                    ///< of them, by this process's affinity; 0: unknown
  std::optional<double> quota;        ///< processors' worth of time that a control group allows
  int usable = 1;                     ///< threads that Tern starts when nobody says how many
  std::string governor, driver;       ///< of the frequency, "" where nothing says
  uint64_t cache_bytes = 0;           ///< of the largest cache; 0: unknown
};
ProcessorFacts read_processor(const SystemFiles& files);

struct IsaFacts {
  std::vector<Isa> compiled, supported;  ///< supported: by CPU and kernel
  Isa used = Isa::kScalar;
  bool forced = false;  ///< by TERN_ISA
};
/// After init_kernels().
IsaFacts read_isa();

struct MemoryFacts {
  std::optional<uint64_t> total, available;  ///< bytes, of the machine
  uint64_t swap_total = 0, swap_used = 0;
  std::optional<uint64_t> address_space;  ///< ulimit -v, less what this process has mapped
  std::optional<CgroupMemory> group;

  /// What this process may take now; nothing: unknown.
  std::optional<uint64_t> usable() const;
  /// What it could take if everything else left; nothing: unknown.
  std::optional<uint64_t> most() const;
};
MemoryFacts read_memory(const SystemFiles& files);

/// The setting of transparent huge pages: "always", "madvise", "never"; "" where nothing says.
std::string read_huge_pages(const SystemFiles& files);

enum class FolderState {
  kWritable,
  kMissing,     ///< but can be made
  kUnwritable,  ///< neither
  kNowhere,     ///< no environment variable says where it would be
};
struct FolderFacts {
  std::string what, path;
  FolderState state = FolderState::kNowhere;
};
/// `path` is a folder for `what`, or "".
FolderFacts look_at_folder(std::string what, std::string path);

enum class Disk { kUnknown, kSolid, kRotating, kNetwork };
/// On what the file or folder at `path` lies.
Disk disk_of(const SystemFiles& files, const std::string& path);
/// What the block device is; a partition is what its disk is.
Disk disk_of_device(const SystemFiles& files, unsigned major, unsigned minor);

struct MachineFacts {
  ProcessorFacts processor;
  IsaFacts isa;
  MemoryFacts memory;
  std::string huge_pages;
  std::vector<FolderFacts> folders;
};
/// All but the folders.
MachineFacts read_machine(const SystemFiles& files);

}  // namespace tern
