#pragma once
// Tests only: readers take paths, hostile tests and fuzzers have bytes. Files that live in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/check.h"

namespace tern::testing {

/// A file without a name in any folder, which readers find under path().
class MemoryFile {
 public:
  MemoryFile()
      : fd_(::memfd_create("tern-test", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    TERN_CHECK(fd_ >= 0);
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::string& path() const { return path_; }
  void set(std::string_view content) {
    TERN_CHECK(::ftruncate(fd_, static_cast<off_t>(content.size())) == 0);
    TERN_CHECK(::pwrite(fd_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
  }

 private:
  int fd_;
  std::string path_;
};

/// A folder of links to such files: it is small, and removed at exit.
class MemoryFolder {
 public:
  MemoryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tern-test-XXXXXX").string();
    TERN_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;

  const std::string& path() const { return path_; }
  /// `file` appears in the folder as `name`.
  void link(const MemoryFile& file, std::string_view name) {
    std::filesystem::create_symlink(file.path(), std::filesystem::path(path_) / name);
  }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace tern::testing
