#pragma once
#include <histedit.h>

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace tern {

/// The user's lines of this and earlier runs: in $XDG_STATE_HOME/tern/history (~/.local/state/tern/history),
/// which only its owner may read, when that folder can be made and written; for the run only otherwise,
/// without a word.
class HistoryFile {
 public:
  HistoryFile();
  ~HistoryFile();
  HistoryFile(const HistoryFile&) = delete;
  HistoryFile& operator=(const HistoryFile&) = delete;

  /// libedit's; null when there is no memory for it.
  History* lines() const { return lines_; }
  /// Appends a line, behind those that another chat has saved since, and writes the file at once: nothing is
  /// lost when the window is closed.
  void add(const std::string& line);

 private:
  /// Which file stands under the name: another one as soon as somebody has saved.
  struct Version {
    ino_t inode = 0;  ///< 0: there is none
    int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Version&) const = default;
  };
  static Version version_of(const std::string& path);
  void load();
  void save();

  History* lines_;
  HistEvent event_{};
  std::string path_;   ///< empty: no file
  Version version_{};  ///< as read or written last
};

}  // namespace tern
