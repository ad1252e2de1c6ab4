#include "engine/cached_text.h"

#include <algorithm>

#include "base/check.h"

namespace tern {
namespace {

size_t common_length(std::span<const int32_t> a, std::span<const int32_t> b) {
  const size_t most = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(most), b.begin()).first - a.begin());
}

}  // namespace

size_t CachedText::shared_with(std::span<const int32_t> prompt) const {
  const auto tokens = std::span(tokens_);
  const size_t first = exact();
  size_t shared = 0;
  // One piece after the other, as far as each is wholly there.
  for (const std::span<const int32_t> piece :
       {tokens.first(first), std::span<const int32_t>(dropped_), tokens.subspan(first)}) {
    const size_t same = common_length(piece, prompt.subspan(shared));
    shared += same;
    if (same < piece.size()) break;
  }
  return shared;
}

void CachedText::rewind(size_t positions) {
  tokens_.resize(std::min(positions, size()));
  if (size() <= keep_) dropped_.clear();
}

void CachedText::drop(size_t keep, size_t count) {
  TERN_CHECK(keep + count <= size() && (dropped_.empty() || keep == keep_));
  const auto begin = tokens_.begin() + static_cast<ptrdiff_t>(keep),
             end = begin + static_cast<ptrdiff_t>(count);
  dropped_.insert(dropped_.end(), begin, end);
  tokens_.erase(begin, end);
  keep_ = keep;
}

void CachedText::skip(size_t keep, std::span<const int32_t> skipped) {
  TERN_CHECK(keep <= size() && dropped_.empty());
  keep_ = keep;
  dropped_.assign(skipped.begin(), skipped.end());
}

}  // namespace tern
