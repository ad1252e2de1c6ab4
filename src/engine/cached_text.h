#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tern {

/// Which tokens lie at which positions of a cache. They are a text from its beginning, of which one stretch
/// may have been dropped: of the text t it then holds t[0, keep) and t[keep + dropped, ..). What lies behind
/// a dropped stretch was computed while it was seen, so it stands for no other text.
class CachedText {
 public:
  /// The tokens in the cache, by position.
  const std::vector<int32_t>& tokens() const { return tokens_; }
  size_t size() const { return tokens_.size(); }
  /// Tokens of the text that are not in the cache; 0: it holds the text as it is.
  size_t dropped() const { return dropped_.size(); }
  /// Positions that hold the text from its beginning: all of them when nothing was dropped.
  size_t exact() const { return dropped_.empty() ? size() : keep_; }
  /// How many tokens of the text, the dropped ones included, are the first of `prompt`.
  size_t shared_with(std::span<const int32_t> prompt) const;

  void append(std::span<const int32_t> ids) { tokens_.insert(tokens_.end(), ids.begin(), ids.end()); }
  void append(int32_t id) { tokens_.push_back(id); }
  /// Forgets all but the first `positions`; what was dropped behind them is forgotten too.
  void rewind(size_t positions);
  /// Drops the `count` tokens behind the first `keep`: those behind them move forward in the cache. What was
  /// dropped before must lie there too. keep + count <= size().
  void drop(size_t keep, size_t count);
  /// The tokens `skipped` stand between the first `keep` positions and those behind them in the text, but
  /// were never run. Nothing was dropped before.
  void skip(size_t keep, std::span<const int32_t> skipped);

 private:
  std::vector<int32_t> tokens_;
  std::vector<int32_t> dropped_;  ///< the text's tokens [keep_, keep_ + dropped_.size())
  size_t keep_ = 0;
};

}  // namespace tern
