#include "bench/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "base/interrupt.h"
#include "bench/peak_memory.h"

namespace tern {
namespace {

constexpr size_t kMaxOutput = size_t{4} << 20;
constexpr int kPollMs = 200;

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(&read_end);
    close_end(&write_end);
  }
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  static void close_end(int* end) {
    if (*end >= 0) ::close(*end);
    *end = -1;
  }
};

/// In the child, between fork and exec: nothing here may allocate or lock.
[[noreturn]] void become(char* const* argv, pid_t parent, int out, int err) {
  ::setpgid(0,
            0);  // a group that can be killed whole, and that Ctrl-C at the terminal reaches through us only
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) _exit(127);  // it died before prctl
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execv(argv[0], argv);
  _exit(127);
}

/// Kills and reaps a child that has not been waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);  // when it had no time yet to make its group
    wait();
  }
  pid_t pid() const { return pid_; }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// Appends what is there to read; closes the pipe at its end.
void drain(Pipe* pipe, std::string* text) {
  char buffer[65536];
  const ssize_t count = ::read(pipe->read_end, buffer, sizeof buffer);
  if (count > 0) {
    text->append(buffer, static_cast<size_t>(count));
  } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
    Pipe::close_end(&pipe->read_end);
  }
}

}  // namespace

Result<ProcessResult> run_subprocess(const std::vector<std::string>& argv, double timeout_s) {
  if (::access(argv[0].c_str(), X_OK) != 0) {
    return fail(ErrorCode::kNotFound, "{}: cannot be executed: {}", argv[0], std::strerror(errno));
  }
  Pipe out, err;
  if (!out.open() || !err.open()) return fail(ErrorCode::kIo, "no pipe: {}", std::strerror(errno));
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorCode::kIo, "{}: no new process: {}", argv[0], std::strerror(errno));
  if (pid == 0) become(arguments.data(), parent, out.write_end, err.write_end);
  Child child(pid);
  Pipe::close_end(&out.write_end);
  Pipe::close_end(&err.write_end);

  ProcessResult result;
  const auto start = std::chrono::steady_clock::now();
  while (out.read_end >= 0 || err.read_end >= 0) {
    // poll() passes over negative descriptors. A Ctrl-C interrupts it; the limit is for one that comes just
    // before.
    pollfd ready[] = {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}};
    ::poll(ready, 2, kPollMs);
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    // The latest counts, not the greatest: before its exec the child has our own memory, for which rusage's
    // peak is no use either.
    result.peak_bytes = peak_memory(child.pid()).value_or(result.peak_bytes);
    if (ready[0].revents != 0) drain(&out, &result.out);
    if (ready[1].revents != 0) drain(&err, &result.err);
    if (result.out.size() + result.err.size() > kMaxOutput) {
      return fail(ErrorCode::kIo, "{}: prints more than {} bytes", argv[0], kMaxOutput);
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (elapsed.count() > timeout_s)
      return fail(ErrorCode::kIo, "{}: not done after {} s", argv[0], timeout_s);
  }
  const int status = child.wait();
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return result;
}

}  // namespace tern
