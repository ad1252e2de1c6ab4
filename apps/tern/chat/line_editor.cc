#include "apps/tern/chat/line_editor.h"

#include <langinfo.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <string_view>

#include "apps/tern/chat/wait_for_input.h"
#include "apps/tern/output.h"
#include "base/environment.h"
#include "base/interrupt.h"
#include "base/terminal.h"

namespace tern {
namespace {

// Bracketed paste: the terminal sends kPasteBegin and kPasteEnd around what is pasted.
constexpr const char* kBracketsOn = "\x1b[?2004h";
constexpr const char* kBracketsOff = "\x1b[?2004l";
constexpr const char* kFarewell = "\x1b[0m\x1b[?2004l";  // no style either
constexpr const char* kPasteBeginKey = "\\e[200~";       // as libedit's `bind` writes it
constexpr std::wstring_view kPasteEnd = L"\x1b[201~";
constexpr size_t kMostPasted = size_t{4} << 20;  // characters; what is beyond them is lost

volatile std::sig_atomic_t continued = 0;

void on_continue(int) {
  continued = 1;
}

/// The shell has used the terminal while we were stopped (Ctrl-Z).
void notice_continue() {
  struct sigaction action {};
  action.sa_handler = on_continue;
  sigemptyset(&action.sa_mask);
  sigaction(SIGCONT, &action, nullptr);
}

/// libedit reads and writes characters in the user's locale; without a locale of UTF-8 it would break them.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");  // numbers stay as in C
  if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

std::unique_ptr<LineEditor> LineEditor::open() {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) return nullptr;
  use_utf8();
  notice_continue();
  std::unique_ptr<LineEditor> editor(new LineEditor);
  if (editor->lines_ == nullptr || editor->history_.lines() == nullptr) return nullptr;
  return editor;
}

LineEditor::LineEditor() : has_escapes_(environment("TERM") != "dumb") {
  termios terminal{};
  if (::tcgetattr(STDIN_FILENO, &terminal) == 0) set_farewell(&terminal, has_escapes_ ? kFarewell : "");
  lines_ = el_init("tern", stdin, stdout, stderr);
  if (lines_ == nullptr) return;
  el_set(lines_, EL_CLIENTDATA, this);
  el_set(lines_, EL_PROMPT, &LineEditor::prompt_of);
  el_set(lines_, EL_EDITOR, "emacs");
  el_set(lines_, EL_GETCFN, &LineEditor::read_character);
  el_set(lines_, EL_HIST, history, history_.lines());
  el_set(lines_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // Of narrow strings libedit would make copies that it never frees.
  el_wset(lines_, EL_ADDFN, L"tern-paste", L"insert what the terminal pastes", &LineEditor::insert_paste);
  el_set(lines_, EL_BIND, kPasteBeginKey, "tern-paste", nullptr);
}

LineEditor::~LineEditor() {
  if (lines_ != nullptr) el_end(lines_);
  set_farewell(nullptr, nullptr);
}

LineEditor* LineEditor::of(EditLine* lines) {
  void* editor = nullptr;
  el_get(lines, EL_CLIENTDATA, &editor);
  return static_cast<LineEditor*>(editor);
}

/// libedit's own reader swallows the first Ctrl-C.
int LineEditor::read_character(EditLine* lines, wchar_t* out) {
  LineEditor* const editor = of(lines);
  std::mbstate_t state{};
  while (true) {
    if (!wait_for_input(STDIN_FILENO, [editor] { editor->follow_terminal(); })) {
      editor->note_interrupt();
      return -1;
    }
    char byte;
    const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
    if (n == 0) return 0;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    const size_t length = std::mbrtowc(out, &byte, 1, &state);
    if (length == static_cast<size_t>(-2)) continue;  // the character goes on
    if (length == static_cast<size_t>(-1)) {          // no character: take the byte alone
      *out = static_cast<unsigned char>(byte);
    }
    return 1;
  }
}

/// The line is gone once libedit has returned.
void LineEditor::note_interrupt() {
  const LineInfoW* const line = el_wline(lines_);
  interrupted_ = true;
  typed_ = line->lastchar > line->buffer;
}

/// Tells libedit that the terminal has changed. Its own handlers of signals come with others that we must not
/// have.
void LineEditor::follow_terminal() {
  if (continued != 0) {
    continued = 0;
    el_set(lines_, EL_PREP_TERM, 0);  // or it would think that the terminal still is as it left it
    el_set(lines_, EL_PREP_TERM, 1);
    if (has_escapes_) print_now(kBracketsOn);
    el_set(lines_, EL_REFRESH);
  }
  const int columns = terminal_columns(STDOUT_FILENO);
  if (columns == columns_) return;
  columns_ = columns;
  if (has_escapes_) print_now("\r\x1b[J");  // the row of the cursor; terminals break rows anew by themselves
  el_resize(lines_);
  el_set(lines_, EL_REFRESH);
}

unsigned char LineEditor::insert_paste(EditLine* lines, int /*key*/) {
  std::wstring pasted;
  wchar_t character;
  while (!pasted.ends_with(kPasteEnd)) {
    if (el_wgetc(lines, &character) != 1) return CC_EOF;
    pasted += character;
    if (pasted.size() > kMostPasted + kPasteEnd.size()) pasted.erase(kMostPasted, 1);
  }
  pasted.resize(pasted.size() - kPasteEnd.size());
  std::wstring line;
  for (size_t i = 0; i < pasted.size(); ++i) {
    const bool ends_line = pasted[i] == L'\r' && !(i + 1 < pasted.size() && pasted[i + 1] == L'\n');
    if (ends_line) {
      line += L'\n';
    } else if (pasted[i] >= L' ' || pasted[i] == L'\n' || pasted[i] == L'\t') {
      line += pasted[i];
    }
  }
  el_winsertstr(lines, line.c_str());
  return CC_REFRESH;
}

InputLine LineEditor::read(const std::string& prompt) {
  prompt_ = prompt;
  interrupted_ = false;
  columns_ = terminal_columns(STDOUT_FILENO);
  el_resize(lines_);  // it may have changed since the last line
  if (has_escapes_) print_now(kBracketsOn);
  // libedit shows the prompt first and takes the terminal then; a Ctrl-D that comes between would be lost.
  el_set(lines_, EL_PREP_TERM, 1);
  int count = 0;
  const char* const text = el_gets(lines_, &count);
  if (has_escapes_) print_now(kBracketsOff);
  if (text != nullptr && count > 0) {
    std::string line(text, static_cast<size_t>(count));
    if (line.find_first_not_of(" \t\r\n") != std::string::npos) history_.add(line);
    if (line.ends_with('\n')) line.pop_back();
    return {InputLine::Kind::kLine, std::move(line)};
  }
  print_now("\n");
  if (!interrupted_) return {};
  clear_interrupt();
  if (interrupted()) return {};  // by more than a Ctrl-C
  return {InputLine::Kind::kCancelled, "", typed_};
}

}  // namespace tern
