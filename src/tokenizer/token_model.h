#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// Turns pre-tokens into ids.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  /// Appends the ids of `piece`, which is not empty. O(n log n) time whatever it is, and up to 1,024 steps a
  /// byte, as long as tokens are that are looked for at every place.
  virtual void encode(std::string_view piece, std::vector<int32_t>* ids) const = 0;
};

/// The one of `spec.model`. `spec` must outlive it and stay where it is. Errors as Tokenizer::create().
Result<std::unique_ptr<TokenModel>> make_token_model(const TokenizerSpec& spec);

}  // namespace tern
