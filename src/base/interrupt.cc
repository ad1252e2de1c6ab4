#include "base/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace tern {
namespace {

volatile std::sig_atomic_t flag = 0;

void on_interrupt(int signal) {
  if (flag != 0) _exit(128 + signal);
  flag = signal;
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;  // no SA_RESTART: a blocking read returns, so that a prompt can be left
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  for (const int signal : {SIGTERM, SIGHUP}) {
    struct sigaction inherited {};
    const bool ignored = sigaction(signal, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
    if (!ignored) sigaction(signal, &action, nullptr);  // nohup has it ignored
  }
}

bool interrupted() {
  return flag != 0;
}
void clear_interrupt() {
  if (flag == SIGTERM || flag == SIGHUP) _exit(128 + flag);
  flag = 0;
}

}  // namespace tern
