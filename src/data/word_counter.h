#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "tokenizer/pre_tokenizer.h"

namespace tern {

/// How often a pre-token stands in a text.
struct WordCount {
  std::string word;
  uint64_t count;
};

/// Counts the pre-tokens of texts, on all threads of a pool. Memory: each different pre-token once a thread.
class WordCounter {
 public:
  /// Longer pre-tokens (base64, rows of dashes) would be no help as tokens, and are left out.
  static constexpr size_t kMaxWord = 1024;
  /// More different ones are refused: some 6 GiB.
  static constexpr size_t kMaxWords = size_t{50'000'000};

  /// `pool` must outlive the counter.
  static Result<WordCounter> create(PreTokenizer pre, ThreadPool* pool);
  /// kOutOfMemory beyond kMaxWords.
  Status add(const std::vector<std::string>& texts);
  /// All that was counted, sorted by the words, and whatever the number of threads the same. Called once,
  /// last.
  std::vector<WordCount> finish();
  /// Pre-tokens that were too long, so far.
  int64_t left_out() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
  };
  /// Of one thread.
  struct Counts {
    std::unordered_map<std::string, uint64_t, Hash, std::equal_to<>> words;
    std::vector<std::string_view> pieces;
    int64_t left_out = 0;
  };
  WordCounter(std::unique_ptr<Splitter> splitter, ThreadPool* pool);
  void count(std::string_view text, Counts* counts) const;

  std::unique_ptr<Splitter> splitter_;
  ThreadPool* pool_;
  std::vector<Counts> counts_;
};

}  // namespace tern
