#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"

namespace tern {

/// A file mapped read-only into memory; unmapped on destruction. Movable, not copyable.
class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  /// Maps a regular file. Errors: kNotFound, kIo, kBadFile (not a regular file). An empty file gives empty
  /// bytes.
  static Result<MappedFile> open(const std::string& path);

  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

/// Takes the whole pages inside `bytes`, part of a MappedFile, out of this process's memory; they are read
/// again from the file when they are touched again. For bytes that have been copied to where they are used.
void release_pages(std::span<const uint8_t> bytes);

/// Whether something has that name. What cannot be looked at (links in a circle) counts as there: opening it
/// says why.
bool path_exists(const std::string& path);

/// The whole of a small file as a string; kBadFile when it is larger than `max_bytes`.
Result<std::string> read_small_file(const std::string& path, uint64_t max_bytes);

}  // namespace tern
