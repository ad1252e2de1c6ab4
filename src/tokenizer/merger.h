#pragma once
// What every BPE does with a row of symbols, and what its merges must be.
#include <span>
#include <vector>

#include "base/error.h"
#include "tokenizer/pair_table.h"
#include "tokenizer/spec.h"

namespace tern {

class Merger {
 public:
  /// Pairs that join to a token, on the average, in a vocabulary without a list of merges: real ones have 2
  /// to 5, one made of all parts of long words has 60.
  static constexpr size_t kMaxPairs = 16;

  /// A merge and its rank; several may share one.
  struct Ranked {
    TokenizerSpec::Merge merge;
    uint32_t rank;
  };

  Merger() = default;
  /// kBadFile when a merge of `spec.merges` has ids outside the vocabulary, is not its parts joined, makes a
  /// special token or repeats a pair; kUnsupported as below.
  static Result<Merger> from_list(const TokenizerSpec& spec);
  /// kUnsupported when the ids are chosen to make the table slow.
  static Result<Merger> from_ranked(std::span<const Ranked> merges);

  /// Joins pair by pair, the lowest rank first and of equal ones the leftmost, and appends what is left.
  /// O(n log n) time and 24 bytes of memory a symbol. `symbols` is used up.
  void merge(std::span<int32_t> symbols, std::vector<int32_t>* ids) const;

 private:
  void merge_short(std::span<int32_t> symbols, std::vector<int32_t>* ids) const;
  void merge_long(std::span<const int32_t> symbols, std::vector<int32_t>* ids) const;

  PairTable pairs_;
};

}  // namespace tern
