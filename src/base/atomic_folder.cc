#include "base/atomic_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/check.h"
#include "base/temporary.h"

namespace tern {
namespace {

namespace fs = std::filesystem;

/// `path` without "/" or "/." at its end and through links, so that the rename meets the folder itself.
Result<std::string> checked_target(std::string path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) path.pop_back();
  if (path.empty()) return fail(ErrorCode::kInvalidArgument, "the folder to write has no name");
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::not_found && !fs::is_symlink(fs::symlink_status(path, error))) return path;
  if (type != fs::file_type::directory || !fs::is_empty(path, error) || error) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: exists and is not an empty folder; choose another name, or remove it", path);
  }
  const fs::path real = fs::canonical(path, error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", path, error.message());
  return real.string();
}

Status sync_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (synced) return {};
  return fail(ErrorCode::kIo, "{}: cannot bring it to disk: {}", path, std::strerror(error));
}

}  // namespace

AtomicFolder::AtomicFolder(AtomicFolder&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)) {}

AtomicFolder::~AtomicFolder() {
  if (fd_ < 0) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
  ::close(fd_);
}

Result<AtomicFolder> AtomicFolder::create(const std::string& path) {
  AtomicFolder folder;
  TERN_ASSIGN(folder.target_, checked_target(path));
  remove_stale_temporaries(folder.target_);
  folder.temporary_ = temporary_name(folder.target_);
  if (::mkdir(folder.temporary_.c_str(), 0777) != 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot create the folder: {}",
                folder.temporary_, std::strerror(errno));
  }
  folder.fd_ = ::open(folder.temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder.fd_ < 0) {
    const int error = errno;
    ::rmdir(folder.temporary_.c_str());
    return fail(ErrorCode::kIo, "{}: cannot open the folder: {}", folder.temporary_, std::strerror(error));
  }
  lock_temporary(folder.fd_);
  return folder;
}

std::string AtomicFolder::path(std::string_view name) const {
  TERN_CHECK(!name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos);
  return fmt::format("{}/{}", temporary_, name);
}

Status AtomicFolder::commit() {
  std::error_code error;
  for (fs::directory_iterator entry(temporary_, error), end; !error && entry != end; entry.increment(error)) {
    TERN_TRY(sync_file(entry->path().string()));
  }
  if (error) return fail(ErrorCode::kIo, "{}: {}", temporary_, error.message());
  TERN_TRY(sync_folder(temporary_));
  struct stat replaced {};  // an empty folder, whose owner wants it to be as it was made
  if (::stat(target_.c_str(), &replaced) == 0) {
    (void)!::fchown(fd_, replaced.st_uid, replaced.st_gid);
    (void)::fchmod(fd_, replaced.st_mode & 07777);
  }
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int rename_error = errno;
    const bool taken = rename_error == ENOTEMPTY || rename_error == EEXIST || rename_error == ENOTDIR;
    return fail(taken ? ErrorCode::kInvalidArgument : ErrorCode::kIo,
                "{}: cannot rename the finished folder into place: {}{}", target_,
                std::strerror(rename_error), taken ? "; choose another name" : "");
  }
  ::close(std::exchange(fd_, -1));
  return sync_folder(folder_of(target_));
}

}  // namespace tern
