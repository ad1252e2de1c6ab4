#pragma once
// Ctrl-C as a flag that long loops poll.
namespace tern {

/// Installs a SIGINT handler that sets the flag; a second SIGINT before the flag is cleared ends the process
/// (130).
void install_interrupt_handler();
/// Whether SIGINT came since the start or the last clear_interrupt(). From any thread.
bool interrupted();
/// Takes note of the SIGINT: the program goes on as if it had not come.
void clear_interrupt();

}  // namespace tern
