#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tern {
namespace {

/// Brings the names in the folder of `path` to disk, on file systems that can: the file is whole in any case.
void sync_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

}  // namespace

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      file_(std::exchange(other.file_, nullptr)),
      position_(other.position_) {}

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
  file.temporary_ = fmt::format("{}.tmp-{}", path, ::getpid());
  const int fd = ::open(file.temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot create: {}",
                file.temporary_, std::strerror(errno));
  }
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

Status AtomicFile::commit() {
  const bool flushed = std::fflush(file_) == 0 && ::fsync(::fileno(file_)) == 0;
  const int error = errno;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!flushed || !closed) {
    ::unlink(temporary_.c_str());
    return fail(ErrorCode::kIo, "{}: write failed: {}", temporary_, std::strerror(error));
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int rename_error = errno;
    ::unlink(temporary_.c_str());
    return fail(ErrorCode::kIo, "{}: cannot rename into place: {}", path_, std::strerror(rename_error));
  }
  sync_folder(path_);
  return {};
}

}  // namespace tern
