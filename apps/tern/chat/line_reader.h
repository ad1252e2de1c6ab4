#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace tern {

/// Reads the user's lines: with editing and history on a terminal, plainly otherwise.
class LineReader {
 public:
  /// `prompt` is shown on a terminal only. History is kept in $XDG_STATE_HOME/tern/history
  /// (~/.local/state/tern/history) when that folder can be made, and for the run only otherwise.
  explicit LineReader(std::string prompt);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its newline; nothing at the end of the input (Ctrl-D). A Ctrl-C clears the line on
  /// a terminal, and ends the input elsewhere.
  Result<std::optional<std::string>> read();

 private:
  struct Editor;
  Result<std::optional<std::string>> read_plain_line();

  std::unique_ptr<Editor> editor_;  ///< none when standard input or output is not a terminal
  std::string pending_;             ///< without an editor: read, but beyond the last line
};

}  // namespace tern
