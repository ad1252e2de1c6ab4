#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/session.h"

namespace tern {

enum class Pooling {
  kMean,  ///< of all tokens
  kLast   ///< the last token's
};

/// A text as a vector, [hidden]: the hidden states behind the last norm, pooled (the mean in double, in the
/// order of the tokens), not normalized. Errors: kInvalidArgument, kContextFull; as Model::forward().
Result<std::vector<float>> embed(const Engine& engine, std::span<const int32_t> ids, Pooling pooling);

}  // namespace tern
