#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace tern {

struct ProcessResult {
  int exit_code = 0;  ///< of exit(); 0 when a signal ended it
  int signal = 0;     ///< that ended it, else 0
  std::string out, err;
  uint64_t peak_bytes = 0;  ///< resident memory, looked at five times a second
  bool succeeded() const { return exit_code == 0 && signal == 0; }
};

/// Runs argv[0] with its arguments and waits. The process is killed after `timeout_s` seconds, when it has
/// printed more than 4 MiB (both kIo), on Ctrl-C (kInterrupted), and when this one dies. kNotFound when
/// argv[0] cannot be executed.
Result<ProcessResult> run_subprocess(const std::vector<std::string>& argv, double timeout_s);

}  // namespace tern
