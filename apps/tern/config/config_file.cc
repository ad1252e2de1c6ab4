#include "apps/tern/config/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/mmap.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace tern {
namespace {

/// Also a bound of how deep tables can lie in tables, one for two bytes (a.a.a = 1), which toml++ frees by
/// recursion.
constexpr uint64_t kMaxConfigBytes = 16384;

std::string_view type_name(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or a time";
  }
}

/// A string or a number as a word of a command line.
Result<std::string> read_word(const toml::node& node, std::string_view wanted) {
  if (const auto* number = node.as_integer()) return fmt::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return fmt::to_string(number->get());
  const auto* const text = node.as_string();
  if (text == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "must be {}, not {}", wanted, type_name(node.type()));
  }
  if (text->get().find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "holds a NUL character, which no flag can");
  }
  return text->get();
}

Result<ConfigEntry> read_entry(const toml::key& key, const toml::node& node) {
  ConfigEntry entry{std::string(key.str()), false, key.source().begin.line};
  if (const auto* boolean = node.as_boolean()) {
    entry.value = boolean->get();
  } else if (const auto* list = node.as_array()) {
    std::vector<std::string> words;
    for (const toml::node& item : *list) {
      TERN_ASSIGN(words.emplace_back(), read_word(item, "a list of strings or numbers"));
    }
    entry.value = std::move(words);
  } else {
    TERN_ASSIGN(entry.value, read_word(node, "a string, a number, true, false or a list"));
  }
  return entry;
}

Result<ConfigTable> read_table(const toml::key& name, const toml::table& table, const std::string& path) {
  ConfigTable result{std::string(name.str()), name.source().begin.line, {}};
  for (const auto& [key, node] : table) {
    Result<ConfigEntry> entry = read_entry(key, node);
    if (!entry) {
      return tl::unexpected(entry.error().with_context(
          fmt::format("{}:{}: [{}] {}", path, key.source().begin.line, name.str(), key.str())));
    }
    result.entries.push_back(std::move(*entry));
  }
  return result;
}

/// toml++ gives what it read in the order of names.
void sort_by_line(auto* items) {
  std::stable_sort(items->begin(), items->end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
}

}  // namespace

Result<ConfigFile> parse_config(std::string_view text, const std::string& path) {
  if (text.size() > kMaxConfigBytes) {
    return fail(ErrorCode::kBadFile, "{}: longer than {} bytes", path, kMaxConfigBytes);
  }
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    return fail(ErrorCode::kBadFile, "{}:{}: {}", path, parsed.error().source().begin.line,
                parsed.error().description());
  }
  ConfigFile file{path, {}};
  for (const auto& [name, node] : parsed.table()) {
    const toml::table* const table = node.as_table();
    if (table == nullptr) {
      return fail(ErrorCode::kInvalidArgument,
                  "{}:{}: {}: stands in no table; write [all] above it, or a command as in [run]", path,
                  name.source().begin.line, name.str());
    }
    TERN_ASSIGN(file.tables.emplace_back(), read_table(name, *table, path));
    sort_by_line(&file.tables.back().entries);
  }
  sort_by_line(&file.tables);
  return file;
}

Result<ConfigFile> read_config(const std::string& path) {
  TERN_ASSIGN(const std::string text, read_small_file(path, kMaxConfigBytes));
  return parse_config(text, path);
}

}  // namespace tern
