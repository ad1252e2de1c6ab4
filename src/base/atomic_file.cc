#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/temporary.h"

namespace tern {
AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      file_(std::exchange(other.file_, nullptr)),
      position_(other.position_) {}

namespace {

/// Renames where nothing has the new name; else EEXIST. By two links where the file system knows no such
/// rename.
bool rename_to_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

}  // namespace

AtomicFile::~AtomicFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  if (path.empty()) return fail(ErrorCode::kInvalidArgument, "the file to write has no name");
  AtomicFile file;
  file.path_ = path;
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "{}: exists and is not a regular file; choose another name",
                path);
  }
  remove_stale_temporaries(path);
  file.temporary_ = temporary_name(path);
  const int fd = ::open(file.temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot create: {}",
                file.temporary_, std::strerror(errno));
  }
  lock_temporary(fd);
  file.file_ = ::fdopen(fd, "wb");
  if (file.file_ == nullptr) {
    const int error = errno;
    ::close(fd);
    ::unlink(file.temporary_.c_str());
    return fail(error == ENOMEM ? ErrorCode::kOutOfMemory : ErrorCode::kIo, "{}: cannot open: {}",
                file.temporary_, std::strerror(error));
  }
  return file;
}

Status AtomicFile::write(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return {};  // its data may be null, which fwrite must not get
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    return fail(ErrorCode::kIo, "{}: write failed: {}", temporary_, std::strerror(errno));
  }
  position_ += bytes.size();
  return {};
}

Status AtomicFile::write(std::string_view text) {
  return write(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

Status AtomicFile::commit(IfThere if_there) {
  const bool flushed = std::fflush(file_) == 0 && ::fsync(::fileno(file_)) == 0;
  const int error = errno;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!flushed || !closed) {
    ::unlink(temporary_.c_str());
    return fail(ErrorCode::kIo, "{}: write failed: {}", temporary_, std::strerror(error));
  }
  const bool renamed = if_there == IfThere::kReplace ? std::rename(temporary_.c_str(), path_.c_str()) == 0
                                                     : rename_to_new(temporary_, path_);
  if (!renamed) {
    const int rename_error = errno;
    ::unlink(temporary_.c_str());
    if (rename_error == EEXIST) {
      return fail(ErrorCode::kInvalidArgument, "{}: somebody else has made it meanwhile; choose another name",
                  path_);
    }
    return fail(ErrorCode::kIo, "{}: cannot rename into place: {}", path_, std::strerror(rename_error));
  }
  return sync_folder(folder_of(path_));
}

Status write_whole_file(const std::string& path, std::span<const uint8_t> bytes) {
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  TERN_TRY(file.write(bytes));
  return file.commit();
}

Status write_whole_file(const std::string& path, std::string_view text) {
  return write_whole_file(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

}  // namespace tern
