#pragma once
#include <functional>
#include <string>

#include "base/error.h"

namespace tern {

/// A lock between processes: a file that one of them holds at a time (flock). It vanishes with its holder,
/// however that ends; the file is removed when it is released.
class FileLock {
 public:
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();
  /// Waits for the lock; `on_wait` is called once if another process holds it. kIo; kInterrupted on a Ctrl-C.
  static Result<FileLock> acquire(const std::string& path, const std::function<void()>& on_wait);

 private:
  FileLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_ = -1;
};

}  // namespace tern
