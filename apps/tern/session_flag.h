#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "engine/session.h"

namespace tern {

/// --session FILE: the cache of what was run before, from the file and back to it.
class SessionFlag {
 public:
  void add(CLI::App& app);
  /// Refuses a file that could not be written, before there is an answer to lose.
  Status check() const;
  /// Takes over what the file holds. A file that is not there yet is a beginning, a damaged one too, with a
  /// warning; one that is something else is an error, as it would be overwritten.
  Status restore(Session* session) const;
  Status save(const Session& session) const;

 private:
  std::optional<std::string> path_;
};

}  // namespace tern
