#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern {

/// Fills a folder under a temporary name beside its target; commit() syncs it and renames it into place.
/// Destroyed without commit (an error, Ctrl-C), the temporary is removed with all it holds.
class AtomicFolder {
 public:
  AtomicFolder(AtomicFolder&& other) noexcept;
  AtomicFolder& operator=(AtomicFolder&&) = delete;
  ~AtomicFolder();

  /// Makes the temporary, and removes those that killed processes left for the same target. Errors:
  /// kInvalidArgument when `path` is empty or exists and is not an empty folder, kNotFound when its parent
  /// does not exist, kIo.
  static Result<AtomicFolder> create(const std::string& path);
  /// Where to write the file `name` (no separators) of the folder; AtomicFile works there too.
  std::string path(std::string_view name) const;
  /// Brings files and folder to disk and puts the folder in place. Called once, last. Errors: kIo;
  /// kInvalidArgument when somebody filled the target meanwhile.
  Status commit();

 private:
  AtomicFolder() = default;
  std::string target_, temporary_;
  int fd_ = -1;  ///< of the temporary, locked: its owner lives
};

}  // namespace tern
