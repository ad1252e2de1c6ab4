#pragma once
// Byte-pair encoding over the bytes of a pre-token.
#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "tokenizer/merger.h"
#include "tokenizer/token_model.h"

namespace tern {

class Bpe final : public TokenModel {
 public:
  /// Checks merges and bytes of `spec`, which must outlive the result and stay where it is.
  static Result<Bpe> create(const TokenizerSpec& spec);

  /// The merges that a vocabulary of ranks stands for, lowest rank first; those of one product, which share
  /// its rank, in the order of their parts. Errors as create(), and kUnsupported for tokens too long to cut
  /// everywhere.
  static Result<std::vector<TokenizerSpec::Merge>> ranked_merges(const TokenizerSpec& spec);

  void encode(std::string_view piece, std::vector<int32_t>* ids) const override;

 private:
  Status index_tokens(const TokenizerSpec& spec);
  Status index_ranks(const TokenizerSpec& spec);
  /// Every way to join two tokens to a third, in no order.
  Result<std::vector<TokenizerSpec::Merge>> find_merges() const;

  void merge(std::string_view piece, std::vector<int32_t>* ids) const;

  Merger merger_;
  std::array<int32_t, 256> byte_ids_{};
  /// Pre-tokens that are one token. Without ignore_merges only those that the merges would build as well, so
  /// that this is a shortcut and no change of meaning.
  std::unordered_map<std::string_view, int32_t> whole_;
};

}  // namespace tern
