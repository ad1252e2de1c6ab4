#pragma once
// Commands of two words, such as `tern data prepare`.
#include <string_view>

#include "apps/tern/command.h"

namespace tern {

#define TERN_SUBCOMMAND(verb, name, help) CommandAction add_##verb##_##name(CLI::App& app);
#include "apps/tern/subcommands.inc"
#undef TERN_SUBCOMMAND

/// Declares every `tern VERB NAME` on the app of `tern VERB`; the action is that of the one that was called.
CommandAction add_subcommands(CLI::App& app, std::string_view verb);

}  // namespace tern
