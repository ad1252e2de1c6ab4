// Plays a user: pty SCRIPT TRANSCRIPT COMMAND... runs a command on a pseudo-terminal of 24 rows and 80
// columns, does what SCRIPT says line by line, and writes all that the command shows to TRANSCRIPT. Exit code
// 0: every line was done; 1: one was not, and is named; 2: the script or the system is wrong.
//
//   expect TEXT      waits until TEXT comes (behind what was expected before), 30 s at most
//   send TEXT        types it
//   size ROWS COLS   changes the window
//   pause MS         waits
//   end CODE         waits until the command has left, with that exit code (128 + N: by signal N)
//
// TEXT has the escapes \r \n \t \e \\ and \xNN; it begins behind one blank and goes on to the line's end.
// Lines that are empty or begin with # say nothing.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience(30);

[[noreturn]] void give_up(int code, const std::string& message) {
  std::cerr << message << '\n';
  std::exit(code);
}

std::string unescape(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    switch (const char letter = text[++i]; letter) {
      case 'r':
        plain += '\r';
        break;
      case 'n':
        plain += '\n';
        break;
      case 't':
        plain += '\t';
        break;
      case 'e':
        plain += '\x1b';
        break;
      case 'x':
        plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default:
        plain += letter;
    }
  }
  return plain;
}

class Terminal {
 public:
  Terminal(char** command, const std::string& transcript) : transcript_(transcript, std::ios::binary) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = 80;
    child_ = ::forkpty(&fd_, nullptr, nullptr, &size);
    if (child_ < 0) give_up(2, std::string("no pseudo-terminal: ") + std::strerror(errno));
    if (child_ == 0) {
      for (const int signal : {SIGINT, SIGQUIT, SIGHUP}) ::signal(signal, SIG_DFL);  // or as nohup left them
      ::execvp(command[0], command);
      std::perror(command[0]);
      std::_Exit(127);
    }
  }
  ~Terminal() {
    if (child_ > 0) ::kill(child_, SIGKILL);
  }

  bool expect(const std::string& text) {
    const auto deadline = Clock::now() + kPatience;
    size_t found;
    while ((found = shown_.find(text, seen_)) == std::string::npos) {
      if (Clock::now() > deadline || !read_more()) return false;
    }
    seen_ = found + text.size();
    return true;
  }

  bool send(const std::string& text) {
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t n = ::write(fd_, text.data() + sent, text.size() - sent);
      if (n < 0) return false;
      sent += static_cast<size_t>(n);
    }
    return true;
  }

  bool resize(int rows, int columns) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    return ::ioctl(fd_, TIOCSWINSZ, &size) == 0;
  }

  void pause(int milliseconds) {
    const auto deadline = Clock::now() + std::chrono::milliseconds(milliseconds);
    while (Clock::now() < deadline && read_more()) {
    }
  }

  /// The exit code; -1 when it does not leave.
  int end() {
    const auto deadline = Clock::now() + kPatience;
    while (read_more()) {
      if (Clock::now() > deadline) return -1;
    }
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  std::string unseen() const { return shown_.substr(seen_); }

 private:
  /// Reads what comes within 50 ms; false at the end.
  bool read_more() {
    pollfd input{fd_, POLLIN, 0};
    if (::poll(&input, 1, 50) <= 0) return true;
    char bytes[4096];
    const ssize_t n = ::read(fd_, bytes, sizeof bytes);
    if (n <= 0) return n < 0 && errno == EINTR;  // EIO: the command has closed the terminal
    shown_.append(bytes, static_cast<size_t>(n));
    transcript_.write(bytes, n).flush();
    return true;
  }

  std::ofstream transcript_;
  pid_t child_ = -1;
  int fd_ = -1;
  std::string shown_;
  size_t seen_ = 0;  ///< as far as expect() has come
};

/// Does one line of the script.
bool play(Terminal* terminal, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  std::string text;
  if (verb == "expect" || verb == "send") {
    text = unescape(line.size() > verb.size() ? line.substr(verb.size() + 1) : "");
    return verb == "send" ? terminal->send(text) : terminal->expect(text);
  }
  int first = 0, second = 0;
  words >> first >> second;
  if (verb == "size") return terminal->resize(first, second);
  if (verb == "end") return terminal->end() == first;
  if (verb != "pause") give_up(2, "the script says: " + line);
  terminal->pause(first);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) give_up(2, "pty SCRIPT TRANSCRIPT COMMAND...");
  std::ifstream script(argv[1]);
  if (!script) give_up(2, std::string(argv[1]) + ": cannot be read");
  ::signal(SIGPIPE, SIG_IGN);
  Terminal terminal(argv + 3, argv[2]);
  std::string line;
  for (int number = 1; std::getline(script, line); ++number) {
    if (line.empty() || line[0] == '#' || play(&terminal, line)) continue;
    std::cerr << argv[1] << ':' << number << ": failed: " << line << "\nshown since the last expect:\n"
              << terminal.unseen() << '\n';
    return 1;
  }
  return 0;
}
