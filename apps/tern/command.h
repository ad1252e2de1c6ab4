#pragma once
// A command is one file commands/<verb>.cc with one function, and one line of commands.inc.
#include <CLI/CLI.hpp>
#include <functional>

#include "base/error.h"

namespace tern {

/// What a command does once its flags are parsed.
using CommandAction = std::function<Status()>;

/// add_<verb>(app) declares the flags of a command on `app`, gives it examples (a footer that begins with
/// "Examples:" and one indented command line a line), and returns its action, which owns the parsed values.
#define TERN_COMMAND(verb, help, group) CommandAction add_##verb(CLI::App& app);
#include "apps/tern/commands.inc"
#undef TERN_COMMAND

}  // namespace tern
