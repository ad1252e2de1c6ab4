#pragma once
// How a long text is cut into windows that a model can see at once.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tern {

/// Tokens [begin, end) of the text are seen together; those from `counted` on are counted.
struct Window {
  size_t begin, counted, end;
};

/// Windows of `context` tokens, each `stride` behind the one before, until the end of the text is seen. A
/// token counts in the first window that has it, so that (but in the first window) at least context - stride
/// tokens stand before it; a window's first token, which nothing predicts, never counts. These are the
/// windows of transformers' guide "Perplexity of fixed-length models".
///
///     tokens    0 1 2 3 4 5 6 7 8 9      context 4, stride 2
///     window 1  . x x x                  . seen, x counted
///     window 2      . . x x
///     window 3          . . x x
///     window 4              . . x x
class Windows {
 public:
  /// 1 <= stride <= context, context >= 2.
  Windows(size_t tokens, size_t context, size_t stride)
      : tokens_(tokens), context_(context), stride_(stride) {}

  /// The next one with a counted token; nothing behind the last.
  std::optional<Window> next() {
    while (seen_ < tokens_) {
      const size_t end = std::min(begin_ + context_, tokens_);
      const Window window{begin_, std::max(seen_, begin_ + 1), end};
      seen_ = end;
      begin_ += stride_;
      if (window.counted < window.end) return window;
    }
    return std::nullopt;
  }

  /// Counted tokens of all windows: all but the first of the text, or of each window if they do not overlap.
  uint64_t counted() const {
    if (tokens_ == 0) return 0;
    return tokens_ - (stride_ < context_ ? 1 : (tokens_ + context_ - 1) / context_);
  }

 private:
  size_t tokens_, context_, stride_;
  size_t begin_ = 0;
  size_t seen_ = 0;  ///< tokens that some window before has
};

}  // namespace tern
