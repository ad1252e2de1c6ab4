#pragma once
// How long texts are cut for those who want something of every token.
#include <algorithm>
#include <cstddef>

namespace tern {

/// Tokens of a pass: enough that the weights are read seldom, few enough that Ctrl-C is heard.
constexpr size_t kSliceTokens = 512;

/// Tokens whose logits are held at once: some 64 MB of them, whatever the vocabulary.
inline size_t logit_rows_per_slice(size_t vocab) {
  constexpr size_t kBytes = size_t{64} << 20;
  return std::clamp<size_t>(kBytes / (vocab * sizeof(float)), 1, kSliceTokens);
}

}  // namespace tern
