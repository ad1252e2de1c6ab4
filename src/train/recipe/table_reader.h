#pragma once
// Takes the keys of a table one by one, so that what a recipe may say stands once, where it is read.
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "train/recipe/toml_tree.h"

namespace tern::train {

/// Reads one table. Keys that are absent leave their target as it is. The first error of a document, by line,
/// is kept and given by finish() of any of its readers.
class TableReader {
 public:
  /// `path` for messages.
  TableReader(const TomlNode& root, std::string path);

  bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  bool is_table(std::string_view key) const { return has(key) && node_->find(key)->table() != nullptr; }
  void read(std::string_view key, bool& into);
  void read(std::string_view key, std::string& into);
  void read(std::string_view key, std::vector<std::string>& into);
  void read(std::string_view key, int64_t& into, int64_t low, int64_t high);
  void read(std::string_view key, double& into, double low, double high);
  /// An error unless the key is there.
  void require(std::string_view key);
  /// A table, empty when it is absent.
  TableReader table(std::string_view key);
  /// Its entries that are tables, as "[key.NAME]" makes them: names and readers.
  std::vector<std::pair<std::string, TableReader>> tables(std::string_view key);
  /// "[[key]]".
  std::vector<TableReader> array(std::string_view key);
  /// All keys of this table, as numbers within low .. high.
  std::vector<std::pair<std::string, double>> numbers(double low, double high);
  /// The same as strings.
  std::vector<std::pair<std::string, std::string>> strings();

  /// An error about a key of this table, or about the table when the key is absent.
  void complain(std::string_view key, std::string_view message);
  /// Errors about keys that nobody asked for.
  void close();
  /// The first error of the whole document.
  Status finish() const;

 private:
  struct Errors {
    std::string path;
    std::optional<std::pair<int, std::string>> first;
  };
  TableReader(const TomlNode* node, std::string name, std::shared_ptr<Errors> errors)
      : node_(node), name_(std::move(name)), errors_(std::move(errors)) {}
  const TomlNode* take(std::string_view key);
  std::string full_name(std::string_view key) const;
  template <typename T>
  const T* typed(std::string_view key, std::string_view wanted);

  const TomlNode* node_;
  std::string name_;
  std::shared_ptr<Errors> errors_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace tern::train
