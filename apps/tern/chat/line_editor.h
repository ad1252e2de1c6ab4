#pragma once
#include <histedit.h>

#include <memory>
#include <string>

#include "apps/tern/chat/history_file.h"
#include "apps/tern/chat/input_line.h"

namespace tern {

/// Lines edited on the terminal: emacs keys, history (up, down), search in it (Ctrl-R), and pasted text with
/// its newlines as one line, where the terminal brackets it.
class LineEditor {
 public:
  /// Null unless standard input and output are terminals that libedit can use.
  static std::unique_ptr<LineEditor> open();
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  InputLine read(const std::string& prompt);

 private:
  LineEditor();
  static LineEditor* of(EditLine* lines);
  static char* prompt_of(EditLine* lines) { return of(lines)->prompt_.data(); }
  static int read_character(EditLine* lines, wchar_t* out);
  static unsigned char insert_paste(EditLine* lines, int key);
  void note_interrupt();
  void follow_terminal();

  HistoryFile history_;
  EditLine* lines_ = nullptr;
  std::string prompt_;
  bool has_escapes_;          ///< the terminal knows escape sequences
  bool interrupted_ = false;  ///< while the line was read ..
  bool typed_ = false;        ///< .. and had something in it
  int columns_ = 0;
};

}  // namespace tern
