#include "base/temporary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <vector>

namespace tern {
namespace {

// Nobody else names something so, and no process of Linux has a larger number.
constexpr std::string_view kMark = ".tern-tmp-";
constexpr pid_t kMaxProcess = 4194304;

// Of the next temporary of this process.
std::atomic<unsigned> next_number{0};

/// Who made a temporary; process 0 for every other name.
struct Owner {
  pid_t process = 0;
  unsigned number = 0;
};

/// Of "<name>.tern-tmp-<process>-<number>".
Owner owner_of(std::string_view entry, std::string_view name) {
  if (!entry.starts_with(name) || !entry.substr(name.size()).starts_with(kMark)) return {};
  const char* const end = entry.data() + entry.size();
  pid_t process = 0;
  unsigned number = 0;
  const auto first = std::from_chars(entry.data() + name.size() + kMark.size(), end, process);
  if (first.ec != std::errc() || process <= 0 || process > kMaxProcess || first.ptr == end ||
      *first.ptr != '-')
    return {};
  const auto second = std::from_chars(first.ptr + 1, end, number);
  return second.ec == std::errc() && second.ptr == end ? Owner{process, number} : Owner();
}

/// Whether this number has not been given yet: an earlier process had ours (in a container, all have 1).
bool is_of_an_earlier_process(const Owner& owner) {
  return owner.process == ::getpid() && owner.number >= next_number;
}

/// Neither a process of that number, nor (it may live in a container that shares the folder) anybody's lock.
bool is_abandoned(const std::string& path, const Owner& owner) {
  const bool gone = is_of_an_earlier_process(owner) || (::kill(owner.process, 0) != 0 && errno == ESRCH);
  if (!gone) return false;
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  const bool unlocked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  return unlocked;
}

}  // namespace

std::string temporary_name(const std::string& target) {
  return fmt::format("{}{}{}-{}", target, kMark, ::getpid(), next_number++);
}

void lock_temporary(int fd) {
  static_cast<void>(::flock(fd, LOCK_EX | LOCK_NB));
}

void remove_stale_temporaries(const std::string& target) {
  const std::string name = std::filesystem::path(target).filename().string();
  std::error_code error;
  std::vector<std::string> stale;
  std::filesystem::directory_iterator entry(folder_of(target), error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const Owner owner = owner_of(entry->path().filename().string(), name);
    if (owner.process > 0 && is_abandoned(entry->path().string(), owner))
      stale.push_back(entry->path().string());
  }
  for (const std::string& path : stale) std::filesystem::remove_all(path, error);
}

std::string folder_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Status sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  // Some file systems have no such call for folders; and one may write into a folder that one may not read.
  if (synced || error == (fd >= 0 ? EINVAL : EACCES)) return {};
  return fail(ErrorCode::kIo, "{}: cannot bring the folder to disk: {}", path, std::strerror(error));
}

}  // namespace tern
