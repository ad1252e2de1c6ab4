#pragma once
// The flags of every command that samples.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/tern/logit_bias.h"
#include "engine/session.h"

namespace tern {

struct GenerateFlags {
  GenerateOptions options;
  std::vector<std::string> logit_bias;  ///< as given
  BiasTokens bias_tokens;               ///< of options.sampler.bias, set by check()

  /// What can be refused before a model is read. Reads logit_bias into options.sampler.bias, whose ids may
  /// still be missing.
  Status check();
  /// Finds the missing ids.
  Status resolve(const Engine& engine);
};

/// -n, --ignore-eos, --stop, --chunk, --lookup, --logprobs, --context-shift, --keep and the sampler's flags,
/// into `flags` (whose values are the defaults shown).
void add_generate_options(CLI::App& app, GenerateFlags* flags);

}  // namespace tern
