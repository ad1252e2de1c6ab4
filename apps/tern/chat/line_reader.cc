#include "apps/tern/line_reader.h"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <filesystem>
#include <utility>

#include "base/environment.h"
#include "base/interrupt.h"
#include "base/terminal.h"

namespace tern {
namespace {

constexpr int kHistoryLines = 1000;
constexpr size_t kMaxLineBytes = size_t{16} << 20;

/// Where history is kept, its folder made; empty when there is no such place.
std::string history_path() {
  const std::string folder = user_folder("XDG_STATE_HOME", ".local/state");
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error || ::access(folder.c_str(), W_OK) != 0 ? std::string() : folder + "/history";
}

/// Waits until `fd` can be read; false on a Ctrl-C. Polled, because a signal that comes just before a
/// blocking read, or on another thread, would not end that read.
bool wait_for_input(int fd) {
  constexpr int kPollMilliseconds = 100;
  pollfd input{fd, POLLIN, 0};
  while (!interrupted()) {
    const int ready = ::poll(&input, 1, kPollMilliseconds);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
  return false;
}

/// Reads one character for libedit, whose own reader swallows the first Ctrl-C.
int read_character(EditLine* editor, wchar_t* out) {
  std::FILE* input = nullptr;
  el_get(editor, EL_GETFP, 0, &input);
  std::mbstate_t state{};
  while (true) {
    if (!wait_for_input(fileno(input))) return -1;
    char byte;
    const ssize_t n = ::read(fileno(input), &byte, 1);
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

}  // namespace

struct LineReader::Editor {
  EditLine* lines = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string prompt, path;

  ~Editor() {
    if (lines != nullptr) el_end(lines);
    if (history != nullptr) history_end(history);
  }

  static char* prompt_of(EditLine* lines) {
    void* editor = nullptr;
    el_get(lines, EL_CLIENTDATA, &editor);
    return static_cast<Editor*>(editor)->prompt.data();
  }
};

LineReader::LineReader(std::string prompt) {
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDOUT_FILENO)) return;
  std::setlocale(LC_CTYPE, "");  // so that libedit reads UTF-8; numbers stay as in C
  editor_ = std::make_unique<Editor>();
  editor_->prompt = std::move(prompt);
  editor_->path = history_path();
  editor_->lines = el_init("tern", stdin, stdout, stderr);
  editor_->history = history_init();
  if (editor_->lines == nullptr || editor_->history == nullptr) {  // no memory, or a terminal it cannot use
    editor_.reset();
    return;
  }
  el_set(editor_->lines, EL_CLIENTDATA, editor_.get());
  el_set(editor_->lines, EL_PROMPT, &Editor::prompt_of);
  el_set(editor_->lines, EL_EDITOR, "emacs");
  el_set(editor_->lines, EL_GETCFN, &read_character);
  history(editor_->history, &editor_->event, H_SETSIZE, kHistoryLines);
  history(editor_->history, &editor_->event, H_SETUNIQUE, 1);
  if (!editor_->path.empty()) history(editor_->history, &editor_->event, H_LOAD, editor_->path.c_str());
  el_set(editor_->lines, EL_HIST, history, editor_->history);
}

LineReader::~LineReader() {
  if (!editor_ || editor_->path.empty()) return;
  history(editor_->history, &editor_->event, H_SAVE, editor_->path.c_str());
}

/// A line of a pipe or file.
Result<std::optional<std::string>> LineReader::read_plain_line() {
  size_t searched = 0;
  while (true) {
    const size_t end = pending_.find('\n', searched);
    if (std::min(end, pending_.size()) > kMaxLineBytes) {
      return fail(ErrorCode::kBadFile, "standard input: a line is longer than {} bytes", kMaxLineBytes);
    }
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    searched = pending_.size();
    if (!wait_for_input(STDIN_FILENO)) return std::nullopt;
    std::array<char, 4096> bytes;
    const ssize_t n = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::kIo, "standard input: {}", std::strerror(errno));
    if (n == 0) {
      if (pending_.empty()) return std::nullopt;
      return std::exchange(pending_, {});
    }
    pending_.append(bytes.data(), static_cast<size_t>(n));
  }
}

Result<std::optional<std::string>> LineReader::read() {
  if (!editor_) return read_plain_line();
  while (true) {
    // libedit shows the prompt first and takes the terminal then; a Ctrl-D that comes between would be lost.
    el_set(editor_->lines, EL_PREP_TERM, 1);
    int count = 0;
    const char* text = el_gets(editor_->lines, &count);
    if (text != nullptr && count > 0) {
      std::string line(text, static_cast<size_t>(count));
      if (line.find_first_not_of(" \t\r\n") != std::string::npos) {
        history(editor_->history, &editor_->event, H_ENTER, line.c_str());
      }
      if (line.ends_with('\n')) line.pop_back();
      return line;
    }
    std::fputc('\n', stdout);
    if (!interrupted()) return std::nullopt;
    clear_interrupt();
  }
}

}  // namespace tern
