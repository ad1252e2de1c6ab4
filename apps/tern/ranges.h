#pragma once
#include <CLI/CLI.hpp>

namespace tern {

/// Refuses numbers outside [lowest, highest]; says nothing in the help text, which has the meaning of the
/// bounds.
template <typename T>
CLI::Validator between(T lowest, T highest) {
  return CLI::Range(lowest, highest).description("");
}

}  // namespace tern
