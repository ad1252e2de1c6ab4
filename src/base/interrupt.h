#pragma once
// Ctrl-C as a flag that long loops poll.
namespace tern {

/// Installs a SIGINT handler that sets the flag; a second SIGINT before the flag is cleared ends the process
/// (130).
void install_interrupt_handler();
bool interrupted();
void clear_interrupt();

}  // namespace tern
