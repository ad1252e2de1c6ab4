#pragma once
// The flags of every command that samples.
#include <CLI/CLI.hpp>

#include "engine/session.h"

namespace tern {

/// -n, --ignore-eos, --stop, --chunk, --lookup and the sampler's flags, into `options` (whose values are the
/// defaults shown).
void add_generate_options(CLI::App& app, GenerateOptions* options);

}  // namespace tern
