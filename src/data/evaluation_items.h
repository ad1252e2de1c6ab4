#pragma once
// Items of benchmarks, which no model may see before it is measured on them.
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "data/hash_set.h"

namespace tern {

/// Windows of 13 words of all texts of all items (as GPT-3's authors had it): a document that has one of
/// them, whatever its punctuation and case, holds an item, or was copied from where the item was.
class EvaluationItems {
 public:
  static constexpr size_t kWindow = 13;

  /// Adds a file: .jsonl, of whose lines every text counts, or .txt; also compressed. Errors of
  /// open_documents() and its reader; kBadFile for a line that is no JSON or no UTF-8.
  Status add(const std::string& path);
  /// Whether a document of those words (words.h) has a window in common with an item. From any thread.
  bool overlap(const std::vector<uint64_t>& words) const;
  bool empty() const { return windows_.size() == 0; }

  /// What was added of a file.
  struct File {
    std::string path, sha256;
    int64_t items = 0;
    int64_t unchecked = 0;  ///< those without a text of 13 words, which nothing is held against
  };
  const std::vector<File>& files() const { return files_; }

 private:
  HashSet windows_;
  std::vector<File> files_;
};

}  // namespace tern
