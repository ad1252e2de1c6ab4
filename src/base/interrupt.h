#pragma once
// Ctrl-C, and requests to end, as a flag that long loops poll.
namespace tern {

/// Installs a handler of SIGINT, SIGTERM and SIGHUP that sets the flag; a second signal before the flag is
/// cleared ends the process (128 + signal).
void install_interrupt_handler();
/// Whether a signal came since the start or the last clear_interrupt(). From any thread.
bool interrupted();
/// Takes note of a Ctrl-C: the program goes on as if it had not come. Ends the process when it was another
/// signal.
void clear_interrupt();

}  // namespace tern
