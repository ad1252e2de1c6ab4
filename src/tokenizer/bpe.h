#pragma once
// Byte-pair encoding of one pre-token.
#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "tokenizer/pair_table.h"
#include "tokenizer/spec.h"

namespace tern {

class Bpe {
 public:
  /// Checks merges and bytes of `spec`, which must outlive the result and stay where it is.
  static Result<Bpe> create(const TokenizerSpec& spec);

  /// The merges that a vocabulary of ranks stands for, lowest rank first; those of one product, which share
  /// its rank, in the order of their parts. Errors as create(), and kUnsupported for tokens too long to cut
  /// everywhere.
  static Result<std::vector<TokenizerSpec::Merge>> ranked_merges(const TokenizerSpec& spec);

  /// Appends the ids of `piece`: bytes, joined pair by pair, the lowest rank first and of equal ones the
  /// leftmost. O(n log n) time and 24 bytes of memory a byte.
  void encode(std::string_view piece, std::vector<int32_t>* ids) const;

 private:
  Status index_tokens(const TokenizerSpec& spec);
  Status index_merges(const TokenizerSpec& spec);
  Status index_ranks(const TokenizerSpec& spec);
  /// Every way to join two tokens to a third, in no order.
  Result<std::vector<TokenizerSpec::Merge>> find_merges() const;

  void merge_short(std::string_view piece, std::vector<int32_t>* ids) const;
  void merge_long(std::string_view piece, std::vector<int32_t>* ids) const;
  void merge(std::string_view piece, std::vector<int32_t>* ids) const;

  PairTable pairs_;
  std::array<int32_t, 256> byte_ids_{};
  /// Pre-tokens that are one token. Without ignore_merges only those that the merges would build as well, so
  /// that this is a shortcut and no change of meaning.
  std::unordered_map<std::string_view, int32_t> whole_;
};

}  // namespace tern
