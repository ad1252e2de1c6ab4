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

constexpr std::string_view kMark = ".tmp-";

/// The process in "<name>.tmp-<process>-<number>"; 0 for every other name.
pid_t owner_of(std::string_view entry, std::string_view name) {
  if (!entry.starts_with(name) || !entry.substr(name.size()).starts_with(kMark)) return 0;
  const char* const end = entry.data() + entry.size();
  pid_t process = 0;
  unsigned number = 0;
  const auto first = std::from_chars(entry.data() + name.size() + kMark.size(), end, process);
  if (first.ec != std::errc() || process <= 0 || first.ptr == end || *first.ptr != '-') return 0;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  return second.ec == std::errc() && second.ptr == end ? process : 0;
}

/// Neither a process of that number, nor (it may live in a container that shares the folder) anybody's lock.
bool is_abandoned(const std::string& path, pid_t owner) {
  if (::kill(owner, 0) == 0 || errno != ESRCH) return false;
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  const bool unlocked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  return unlocked;
}

}  // namespace

std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> count{0};
  return fmt::format("{}{}{}-{}", target, kMark, ::getpid(), count++);
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
    const pid_t owner = owner_of(entry->path().filename().string(), name);
    if (owner > 0 && is_abandoned(entry->path().string(), owner)) stale.push_back(entry->path().string());
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
