#pragma once
#include <histedit.h>

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
  /// Appends a line, and writes the file at once: nothing is lost when the window is closed.
  void add(const std::string& line);

 private:
  void save();
  History* lines_;
  HistEvent event_{};
  std::string path_;  ///< empty: no file
};

}  // namespace tern
