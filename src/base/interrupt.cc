#include "base/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace tern {
namespace {

volatile std::sig_atomic_t flag = 0;

void on_interrupt(int) {
  if (flag != 0) _exit(130);
  flag = 1;
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;  // no SA_RESTART: a blocking read returns, so that a prompt can be left
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() {
  return flag != 0;
}
void clear_interrupt() {
  flag = 0;
}

}  // namespace tern
