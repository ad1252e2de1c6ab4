#pragma once
// The values that a user keeps for flags in a file.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/tern/command_table.h"
#include "apps/tern/config/config_file.h"
#include "base/error.h"

namespace tern {

/// Every table is [all] or [COMMAND], every key a long flag without dashes that the command has (for [all]:
/// that some command has), and every value of a type that such a flag takes. kInvalidArgument names file,
/// line, key and, for a misspelt one, the nearest.
Status check_config(const ConfigFile& file, const std::vector<CommandEntry>& commands);

/// --config and --no-config, and what the file says.
class Config {
 public:
  /// The two flags, for the program and for each command.
  void add_flags(CLI::App& app);

  /// Reads the file of --config, else of $TERN_CONFIG, else the user's, if there is one, and sets those flags
  /// of `command`, which has been parsed, that the command line neither gives nor excludes; [COMMAND] before
  /// [all]. Values are checked as those of a command line. Errors: those of read_config() and check_config(),
  /// and kInvalidArgument for a value that a flag refuses.
  Status apply(const CLI::App& program, CLI::App* command);

  /// Which flags it has set: "FILE gives --temp (line 3), --kv (line 4)"; "" for none.
  std::string describe() const;

 private:
  Result<std::optional<ConfigFile>> load() const;

  std::string given_;  ///< --config
  bool none_ = false;  ///< --no-config
  std::string path_;   ///< what was read
  std::vector<std::string> set_;
};

}  // namespace tern
