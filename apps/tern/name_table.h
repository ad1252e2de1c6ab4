#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace tern {

/// The names of a table of names and values, for CLI::IsMember.
template <typename Value, size_t n>
std::vector<std::string> names_of(const std::pair<const char*, Value> (&table)[n]) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.emplace_back(name);
  return names;
}

/// What `name` means. CLI11 has checked that the table has it.
template <typename Value, size_t n>
Value value_of(const std::pair<const char*, Value> (&table)[n], const std::string& name) {
  for (const auto& [text, value] : table) {
    if (name == text) return value;
  }
  TERN_CHECK(false);
  return {};
}

}  // namespace tern
