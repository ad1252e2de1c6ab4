#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/interrupt.h"

namespace tern {
namespace {

/// Whether `path` still names the file of `fd`: its last holder may have removed it.
bool still_names(const std::string& path, int fd) {
  struct stat named {
  }, held{};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(fd, &held) == 0 && named.st_ino == held.st_ino &&
         named.st_dev == held.st_dev;
}

}  // namespace

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ < 0) return;
  ::unlink(path_.c_str());  // while it is held, so that nobody else's goes
  ::close(fd_);
}

Result<FileLock> FileLock::acquire(const std::string& path, const std::function<void()>& on_wait) {
  bool told = false;
  while (true) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return fail(ErrorCode::kIo, "{}: cannot open: {}", path, std::strerror(errno));
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      if (error != EWOULDBLOCK && error != EINTR) {
        ::close(fd);
        return fail(ErrorCode::kIo, "{}: cannot lock: {}", path, std::strerror(error));
      }
      if (interrupted()) {
        ::close(fd);
        return fail(ErrorCode::kInterrupted, "interrupted");
      }
      if (!std::exchange(told, true)) on_wait();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (still_names(path, fd)) return FileLock(path, fd);
    ::close(fd);
  }
}

}  // namespace tern
