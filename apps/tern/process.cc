#include "apps/tern/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "apps/tern/output.h"
#include "base/interrupt.h"
#include "base/log.h"

namespace tern {
namespace {

/// Files opened later must not take the numbers of closed standard streams, or messages would be written into
/// them. Standard input and output stay unusable, so that their use is still an error.
void hold_standard_descriptors() {
  for (const auto& [fd, mode] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    if (::fcntl(fd, F_GETFD) == -1) (void)::open("/dev/null", mode);  // takes the lowest free number: fd
  }
}

/// Memory can also run out where no exception may leave: in destructors that allocate (nlohmann's), in
/// threads.
[[noreturn]] void leave_out_of_memory_or_abort() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    constexpr std::string_view kMessage = "error: out of memory\n";
    (void)!::write(STDERR_FILENO, kMessage.data(), kMessage.size());
    std::_Exit(error_exit_code(ErrorCode::kOutOfMemory));
  } catch (...) {
  }
  std::abort();
}

}  // namespace

int run_process(const std::function<int()>& body) {
  std::set_terminate(leave_out_of_memory_or_abort);
  hold_standard_descriptors();
  // A reader that goes away (`tern run ... | head`) ends the program silently, also under a parent that
  // ignores SIGPIPE.
  std::signal(SIGPIPE, SIG_DFL);
  // A file that grows beyond the limit of the shell (ulimit -f) is a failed write, which removes it and says
  // so.
  std::signal(SIGXFSZ, SIG_IGN);
  install_interrupt_handler();
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return report_error(Error(ErrorCode::kOutOfMemory, "out of memory"));
  } catch (const std::exception& error) {
    return report_error(Error(ErrorCode::kInternal, error.what()));
  }
}

int report_error(const Error& error) {
  std::fflush(stdout);
  if (error.code() == ErrorCode::kInterrupted) {
    write_stderr(fmt::format("\n{}\n", error.message()));
  } else {
    print_error(error.message());
  }
  return error_exit_code(error.code());
}

}  // namespace tern
