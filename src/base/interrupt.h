#pragma once
// Ctrl-C, and requests to end, as a flag that long loops poll.
struct termios;

namespace tern {

/// Installs a handler of SIGINT, SIGTERM and SIGHUP that sets the flag; a second signal before the flag is
/// cleared ends the process (128 + signal), and so does SIGQUIT (Ctrl-\) as it does without a handler. Both
/// take leave of the terminal first.
void install_interrupt_handler();
/// What that leave is, from now on: standard input gets its settings `terminal` back, and standard output
/// `escapes`, which must live as long as the process; nothing where `terminal` is nullptr.
void set_farewell(const termios* terminal, const char* escapes);
/// Whether a signal came since the start or the last clear_interrupt(). From any thread.
bool interrupted();
/// Takes note of a Ctrl-C: the program goes on as if it had not come. Another signal asks the program to end,
/// and stays.
void clear_interrupt();

}  // namespace tern
