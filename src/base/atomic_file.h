#pragma once
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern {

/// What becomes of a file that has the target's name when a new one is finished.
enum class IfThere { kReplace, kRefuse };

/// Writes a file under a temporary name beside its target; commit() syncs and renames it. Destroyed without
/// commit (an error, Ctrl-C), the temporary is removed and the target untouched.
class AtomicFile {
 public:
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  /// Opens the temporary, and removes those that killed processes left for the same target. Errors:
  /// kInvalidArgument when `path` is empty or something that is not a regular file, kNotFound when its folder
  /// does not exist, kIo, kOutOfMemory.
  static Result<AtomicFile> create(const std::string& path);
  /// Appends. kIo, after which only destruction makes sense.
  Status write(std::span<const uint8_t> bytes);
  Status write(std::string_view text);
  /// Bytes written so far.
  uint64_t position() const { return position_; }
  /// Brings the bytes to disk and puts the file in place. Called once, last; after kIo the temporary is gone
  /// and the target as it was (or the new one, if only its folder could not be synced). kInvalidArgument when
  /// a file of that name is there that shall not be replaced.
  Status commit(IfThere if_there = IfThere::kReplace);

 private:
  AtomicFile() = default;
  std::string path_, temporary_;
  std::FILE* file_ = nullptr;
  uint64_t position_ = 0;
};

/// A whole file at once. Errors: those of AtomicFile.
Status write_whole_file(const std::string& path, std::span<const uint8_t> bytes);
Status write_whole_file(const std::string& path, std::string_view text);

}  // namespace tern
