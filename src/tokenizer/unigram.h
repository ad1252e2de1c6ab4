#pragma once
// The likeliest tokens of a text: Viterbi over all ways to cut it.
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tokenizer/fallback.h"
#include "tokenizer/token_model.h"
#include "tokenizer/token_trie.h"

namespace tern {

class Unigram final : public TokenModel {
 public:
  /// kBadFile for scores that are no finite numbers, tokens of the same text, or no unknown token; and as
  /// Fallback. The result does not refer to `spec`.
  static Result<Unigram> create(const TokenizerSpec& spec);

  void encode(std::string_view piece, std::vector<int32_t>* ids) const override;

 private:
  struct Token {
    double score;
    bool is_user_defined;
  };
  /// The best way to a place of the text: its score, where its last token starts, and which it is.
  struct Best {
    double score = 0;
    uint32_t start = kNone;
    int32_t id = -1;
  };
  static constexpr uint32_t kNone = static_cast<uint32_t>(-1);
  static constexpr int32_t kUnknown = -1;

  void read_extremes(const TokenizerSpec& spec);
  double rounded(double sum) const { return float_sums_ ? static_cast<float>(sum) : sum; }
  double score_of(int32_t id, size_t length) const;
  void walk(std::string_view piece, std::vector<Best>* best) const;

  TokenTrie trie_;
  Fallback fallback_;
  std::vector<Token> tokens_;
  double unknown_score_ = 0, max_score_ = 0;
  bool float_sums_ = false;
};

}  // namespace tern
