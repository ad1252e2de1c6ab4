#include "base/interrupt.h"

#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <initializer_list>

namespace tern {
namespace {

volatile std::sig_atomic_t flag = 0;

struct Farewell {
  termios terminal;
  const char* escapes;
} farewell;
volatile std::sig_atomic_t has_farewell = 0;

/// Only functions that a handler may call. A terminal that another program has by now (we were stopped) is
/// not ours to set.
void take_leave() {
  if (has_farewell == 0 || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
  tcsetattr(STDIN_FILENO, TCSANOW, &farewell.terminal);
  (void)!write(STDOUT_FILENO, farewell.escapes, std::strlen(farewell.escapes));
}

void on_interrupt(int signal) {
  if (flag != 0) {
    take_leave();
    _exit(128 + signal);
  }
  flag = signal;
}

/// Its default action is back already (SA_RESETHAND), and comes once this has returned.
void on_quit(int signal) {
  take_leave();
  raise(signal);
}

void handle_unless_ignored(int signal, const struct sigaction& action) {
  struct sigaction inherited {};
  const bool ignored = sigaction(signal, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
  if (!ignored) sigaction(signal, &action, nullptr);  // nohup has it ignored
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;  // no SA_RESTART: a blocking read returns, so that a prompt can be left
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  for (const int signal : {SIGTERM, SIGHUP}) handle_unless_ignored(signal, action);
  action.sa_handler = on_quit;
  action.sa_flags = SA_RESETHAND;
  handle_unless_ignored(SIGQUIT, action);
}

void set_farewell(const termios* terminal, const char* escapes) {
  has_farewell = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (terminal == nullptr) return;
  farewell = {*terminal, escapes};
  std::atomic_signal_fence(std::memory_order_seq_cst);
  has_farewell = 1;
}

bool interrupted() {
  return flag != 0;
}
void clear_interrupt() {
  if (flag == SIGINT) flag = 0;
}

}  // namespace tern
