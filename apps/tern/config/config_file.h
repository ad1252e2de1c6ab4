#pragma once
// What a config file says, before anybody asks which flags there are. config_file.cc alone sees toml++.
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace tern {

/// `key = value`. Numbers are texts, as they would stand on a command line.
struct ConfigEntry {
  std::string key;
  std::variant<bool, std::string, std::vector<std::string>> value;
  uint32_t line = 0;
};

/// [name] and what stands below it, in the order of the file.
struct ConfigTable {
  std::string name;
  uint32_t line = 0;
  std::vector<ConfigEntry> entries;
};

struct ConfigFile {
  std::string path;
  std::vector<ConfigTable> tables;  ///< in the order of the file
};

/// Reads TOML: tables of booleans, strings, numbers, and lists of strings and numbers. Errors name file and
/// line: kBadFile where it is no TOML, kInvalidArgument where it holds something else. At most 16 KiB.
Result<ConfigFile> parse_config(std::string_view text, const std::string& path);

/// parse_config() of a file; kNotFound, kIo and kBadFile as read_small_file().
Result<ConfigFile> read_config(const std::string& path);

}  // namespace tern
