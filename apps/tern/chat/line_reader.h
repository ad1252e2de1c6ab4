#pragma once
#include <memory>
#include <string>

#include "apps/tern/chat/input_line.h"
#include "apps/tern/chat/line_editor.h"
#include "base/error.h"

namespace tern {

/// Reads the user's lines: with editing and history on a terminal, plainly otherwise.
class LineReader {
 public:
  LineReader() : editor_(LineEditor::open()) {}
  /// `prompt` is shown on a terminal only. Errors: kIo, and kBadFile when a line is longer than 16 MiB.
  Result<InputLine> read(const std::string& prompt);
  bool edits() const { return editor_ != nullptr; }

 private:
  Result<InputLine> read_plain_line();

  std::unique_ptr<LineEditor> editor_;  ///< none when standard input or output is no terminal
  std::string pending_;                 ///< without an editor: read, but beyond the last line
};

}  // namespace tern
