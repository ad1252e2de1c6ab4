#include "train/recipe/toml_tree.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace tern::train {
namespace {

constexpr int kMaxDepth = 16;

Result<TomlNode> converted(const toml::node& node, std::string_view path, int depth) {
  TomlNode result;
  result.line = static_cast<int>(node.source().begin.line);
  if (depth > kMaxDepth)
    return fail(ErrorCode::kBadFile, "{}:{}: tables lie too deep in each other", path, result.line);
  if (const auto* table = node.as_table()) {
    TomlNode::Table entries;
    for (const auto& [key, value] : *table) {
      TERN_ASSIGN(TomlNode child, converted(value, path, depth + 1));
      entries.emplace_back(std::string(key.str()), std::move(child));
    }
    result.value = std::move(entries);
  } else if (const auto* array = node.as_array()) {
    TomlNode::Array items;
    for (const toml::node& item : *array) {
      TERN_ASSIGN(TomlNode child, converted(item, path, depth + 1));
      items.push_back(std::move(child));
    }
    result.value = std::move(items);
  } else if (const auto* text = node.as_string()) {
    result.value = text->get();
  } else if (const auto* integer = node.as_integer()) {
    result.value = integer->get();
  } else if (const auto* number = node.as_floating_point()) {
    result.value = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    result.value = flag->get();
  } else {
    return fail(ErrorCode::kBadFile, "{}:{}: dates and times mean nothing here", path, result.line);
  }
  return result;
}

/// The entry of a table, made if need be; or of an array of tables, which must be there.
TomlNode* child_of(TomlNode& node, std::string_view key) {
  if (auto* table = std::get_if<TomlNode::Table>(&node.value)) {
    auto at = std::ranges::lower_bound(*table, key, {}, &std::pair<std::string, TomlNode>::first);
    if (at == table->end() || at->first != key) at = table->emplace(at, std::string(key), TomlNode());
    return &at->second;
  }
  auto* array = std::get_if<TomlNode::Array>(&node.value);
  if (array == nullptr) return nullptr;
  for (TomlNode& item : *array) {
    const TomlNode* name = item.find("name");
    const auto* text = name == nullptr ? nullptr : std::get_if<std::string>(&name->value);
    if (text != nullptr && *text == key) return &item;
  }
  size_t index = array->size();
  std::from_chars(key.data(), key.data() + key.size(), index);
  return index < array->size() ? &(*array)[index] : nullptr;
}

/// No line of a file.
void forget_lines(TomlNode& node) {
  node.line = 0;
  if (auto* table = std::get_if<TomlNode::Table>(&node.value)) {
    for (auto& [key, value] : *table) forget_lines(value);
  } else if (auto* array = std::get_if<TomlNode::Array>(&node.value)) {
    for (TomlNode& item : *array) forget_lines(item);
  }
}

}  // namespace

const TomlNode* TomlNode::find(std::string_view key) const {
  const Table* entries = table();
  if (entries == nullptr) return nullptr;
  const auto found = std::ranges::find(*entries, key, &std::pair<std::string, TomlNode>::first);
  return found == entries->end() ? nullptr : &found->second;
}

Result<TomlNode> parse_toml(std::string_view text, std::string_view path) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return fail(ErrorCode::kBadFile, "{}:{}: {}", path, error.source().begin.line, error.description());
  }
  return converted(parsed.table(), path, 0);
}

Status set_in_toml(TomlNode& root, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return fail(ErrorCode::kInvalidArgument, "--set {}: write key=value", assignment);
  TomlNode* node = &root;
  std::string_view keys = assignment.substr(0, equals);
  while (!keys.empty()) {
    const size_t dot = std::min(keys.find('.'), keys.size());
    node = child_of(*node, keys.substr(0, dot));
    if (node == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "--set {}: there is no '{}' to set something in", assignment,
                  keys.substr(0, dot));
    }
    keys.remove_prefix(std::min(dot + 1, keys.size()));
  }
  const std::string value(assignment.substr(equals + 1));
  auto parsed = parse_toml("value = " + value, "--set");
  if (parsed && parsed->find("value") != nullptr && parsed->table()->size() == 1) {
    node->value = parsed->find("value")->value;
  } else {
    node->value = value;
  }
  forget_lines(*node);
  return {};
}

}  // namespace tern::train
