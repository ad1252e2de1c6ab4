#pragma once
// Byte-pair encoding over the characters of a pre-token, which may be a whole text.
#include <array>
#include <bitset>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "tokenizer/fallback.h"
#include "tokenizer/merger.h"
#include "tokenizer/special_matcher.h"
#include "tokenizer/token_model.h"

namespace tern {

class CharBpe final : public TokenModel {
 public:
  /// Checks merges, scores and characters of `spec`, whose tokens must outlive the result and stay where they
  /// are. kUnsupported when text could lead to a token that is not used.
  static Result<CharBpe> create(const TokenizerSpec& spec);

  void encode(std::string_view piece, std::vector<int32_t>* ids) const override;

 private:
  using Index = std::unordered_map<std::string_view, int32_t>;

  Status index_tokens(const TokenizerSpec& spec);
  /// Makes symbols without an id of their own of the characters that stand in tokens only: two of them may
  /// join to a token that the vocabulary has.
  void index_parts(const TokenizerSpec& spec);
  Result<Merger> merger_from_scores(const TokenizerSpec& spec) const;
  /// The two parts of a token cut at a byte, if both are symbols.
  std::optional<std::pair<int32_t, int32_t>> parts_of(std::string_view token, size_t cut) const;
  Status check_unused(const TokenizerSpec& spec) const;

  /// Whether no token has these two bytes beside each other, so that no merge crosses the place between them.
  bool is_cut(char before, char after) const;
  void encode_plain(std::string_view text, std::vector<int32_t>* ids) const;
  void encode_chunk(std::string_view chunk, std::vector<int32_t>* ids) const;
  void merge(std::string_view chunk, std::vector<int32_t>* ids) const;
  /// Writes the symbols of `chunk`, at most one a byte; their number.
  size_t symbols_of(std::string_view chunk, int32_t* symbols) const;
  void tidy(size_t from, std::vector<int32_t>* ids) const;

  Merger merger_;
  Fallback fallback_;
  SpecialMatcher user_defined_{{}};
  Index symbols_;  ///< tokens that text can give, and parts: by their text
  Index whole_;    ///< those of them that merges make out of their own text
  std::array<int32_t, 128> ascii_{};
  std::vector<std::string_view> parts_;  ///< symbols that are no tokens; their numbers follow the vocabulary
  int32_t vocab_size_ = 0;
  std::bitset<1 << 16> neighbours_;
};

}  // namespace tern
