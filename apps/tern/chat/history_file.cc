#include "apps/tern/chat/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/environment.h"
#include "base/temporary.h"

namespace tern {
namespace {

constexpr int kMostLines = 1000;

/// Where history is kept, its folder made; empty when there is no such place.
std::string history_path() {
  const std::string folder = user_folder("XDG_STATE_HOME", ".local/state");
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error || ::access(folder.c_str(), W_OK) != 0 ? std::string() : folder + "/history";
}

}  // namespace

HistoryFile::HistoryFile() : lines_(history_init()), path_(history_path()) {
  if (lines_ == nullptr) return;
  if (!path_.empty()) remove_stale_temporaries(path_);
  history(lines_, &event_, H_SETSIZE, kMostLines);
  history(lines_, &event_, H_SETUNIQUE, 1);
  if (!path_.empty()) load();
}

HistoryFile::~HistoryFile() {
  if (lines_ != nullptr) history_end(lines_);
}

void HistoryFile::add(const std::string& line) {
  if (!path_.empty() && version_of(path_) != version_) load();
  history(lines_, &event_, H_ENTER, line.c_str());
  if (!path_.empty()) save();
}

HistoryFile::Version HistoryFile::version_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

/// Takes the file's lines for all that there are; without a file those at hand stay.
void HistoryFile::load() {
  version_ = version_of(path_);
  if (version_ == Version()) return;
  history(lines_, &event_, H_CLEAR);
  history(lines_, &event_, H_LOAD, path_.c_str());
}

void HistoryFile::save() {
  const std::string temporary = temporary_name(path_);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return;
  lock_temporary(fd);
  std::FILE* const file = ::fdopen(fd, "w");
  if (file == nullptr) {
    ::close(fd);
  } else {
    const bool written = history(lines_, &event_, H_SAVE_FP, file) >= 0;
    const bool whole = std::fclose(file) == 0 && written;
    const Version version = version_of(temporary);
    if (whole && std::rename(temporary.c_str(), path_.c_str()) == 0) {
      version_ = version;
      return;
    }
  }
  ::unlink(temporary.c_str());
}

}  // namespace tern
