#pragma once
// A TOML document as plain data with line numbers. toml_tree.cc alone sees toml++.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace tern::train {

struct TomlNode {
  using Array = std::vector<TomlNode>;
  using Table = std::vector<std::pair<std::string, TomlNode>>;  ///< sorted by name
  std::variant<bool, int64_t, double, std::string, Array, Table> value = Table();
  int line = 0;  ///< 0: from a command line

  const Table* table() const { return std::get_if<Table>(&value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  /// nullptr when there is none, or this is no table.
  const TomlNode* find(std::string_view key) const;
};

/// kBadFile names `path`, the line and what is wrong; dates are refused.
Result<TomlNode> parse_toml(std::string_view text, std::string_view path);

/// Applies "key.key=value", the value as TOML has it (a word that is none counts as a string). In an array of
/// tables a key is the `name` of one, or its place from 0. Tables that are not there are made.
/// kInvalidArgument.
Status set_in_toml(TomlNode& root, std::string_view assignment);

}  // namespace tern::train
