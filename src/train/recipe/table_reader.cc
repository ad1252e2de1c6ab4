#include "train/recipe/table_reader.h"

#include <fmt/ranges.h>

namespace tern::train {
namespace {

const TomlNode kEmpty;

}  // namespace

TableReader::TableReader(const TomlNode& root, std::string path)
    : node_(&root), errors_(std::make_shared<Errors>(Errors{std::move(path), std::nullopt})) {}

std::string TableReader::full_name(std::string_view key) const {
  return name_.empty() ? std::string(key) : key.empty() ? name_ : fmt::format("{}.{}", name_, key);
}

void TableReader::complain(std::string_view key, std::string_view message) {
  const TomlNode* child = node_->find(key);
  const int line = child != nullptr ? child->line : node_->line;
  if (errors_->first && errors_->first->first <= line) return;
  const std::string where = line > 0 ? fmt::format("{}:{}", errors_->path, line) : errors_->path;
  errors_->first = {line, fmt::format("{}: {}: {}", where, full_name(key), message)};
}

const TomlNode* TableReader::take(std::string_view key) {
  asked_.emplace(key);
  return node_->find(key);
}

template <typename T>
const T* TableReader::typed(std::string_view key, std::string_view wanted) {
  const TomlNode* child = take(key);
  if (child == nullptr) return nullptr;
  const T* value = std::get_if<T>(&child->value);
  if (value == nullptr) complain(key, fmt::format("must be {}", wanted));
  return value;
}

void TableReader::require(std::string_view key) {
  asked_.emplace(key);
  if (!has(key)) complain(key, "is missing");
}

void TableReader::read(std::string_view key, bool& into) {
  if (const bool* value = typed<bool>(key, "true or false")) into = *value;
}

void TableReader::read(std::string_view key, std::string& into) {
  if (const std::string* value = typed<std::string>(key, "a string")) into = *value;
}

void TableReader::read(std::string_view key, std::vector<std::string>& into) {
  const TomlNode::Array* items = typed<TomlNode::Array>(key, "an array of strings");
  if (items == nullptr) return;
  into.clear();
  for (const TomlNode& item : *items) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text == nullptr) return complain(key, "must be an array of strings");
    into.push_back(*text);
  }
}

void TableReader::read(std::string_view key, int64_t& into, int64_t low, int64_t high) {
  const int64_t* value = typed<int64_t>(key, "a whole number");
  if (value == nullptr) return;
  if (*value < low || *value > high)
    return complain(key, fmt::format("must be between {} and {}", low, high));
  into = *value;
}

void TableReader::read(std::string_view key, double& into, double low, double high) {
  const TomlNode* child = take(key);
  if (child == nullptr) return;
  const auto* whole = std::get_if<int64_t>(&child->value);
  const auto* real = std::get_if<double>(&child->value);
  if (whole == nullptr && real == nullptr) return complain(key, "must be a number");
  const double value = whole != nullptr ? static_cast<double>(*whole) : *real;
  if (!(value >= low && value <= high))
    return complain(key, fmt::format("must be between {} and {}", low, high));
  into = value;
}

TableReader TableReader::table(std::string_view key) {
  const TomlNode* child = take(key);
  if (child != nullptr && child->table() == nullptr) complain(key, "must be a table");
  return {child != nullptr && child->table() != nullptr ? child : &kEmpty, full_name(key), errors_};
}

std::vector<std::pair<std::string, TableReader>> TableReader::tables(std::string_view key) {
  TableReader all = table(key);
  std::vector<std::pair<std::string, TableReader>> found;
  for (const auto& [name, child] : *all.node_->table()) found.emplace_back(name, all.table(name));
  return found;
}

std::vector<TableReader> TableReader::array(std::string_view key) {
  const TomlNode::Array* items = typed<TomlNode::Array>(key, "an array of tables");
  std::vector<TableReader> found;
  if (items == nullptr) return found;
  for (const TomlNode& item : *items) {
    if (item.table() == nullptr) {
      complain(key, "must be an array of tables");
      return found;
    }
    const TomlNode* name = item.find("name");
    const auto* text = name == nullptr ? nullptr : std::get_if<std::string>(&name->value);
    found.push_back({&item,
                     text != nullptr ? full_name(fmt::format("{}.{}", key, *text))
                                     : full_name(fmt::format("{}.{}", key, found.size())),
                     errors_});
  }
  return found;
}

std::vector<std::pair<std::string, double>> TableReader::numbers(double low, double high) {
  std::vector<std::pair<std::string, double>> found;
  for (const auto& [key, child] : *node_->table()) {
    double value = low;
    read(key, value, low, high);
    found.emplace_back(key, value);
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> TableReader::strings() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [key, child] : *node_->table()) {
    std::string value;
    read(key, value);
    found.emplace_back(key, std::move(value));
  }
  return found;
}

void TableReader::close() {
  for (const auto& [key, child] : *node_->table()) {
    if (!asked_.contains(key))
      complain(key, fmt::format("is unknown; there are {}", fmt::join(asked_, ", ")));
  }
}

Status TableReader::finish() const {
  if (!errors_->first) return {};
  return fail(ErrorCode::kBadFile, "{}", errors_->first->second);
}

}  // namespace tern::train
