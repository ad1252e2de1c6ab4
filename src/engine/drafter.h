#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace tern {

/// Guesses the tokens that come next, so that one forward pass can check several. The text never depends on
/// the guesses: a token is drawn as without them, and a guess that differs from it is dropped.
class Drafter {
 public:
  virtual ~Drafter() = default;
  /// A text begins.
  virtual void begin(std::span<const int32_t> prompt) = 0;
  /// The text goes on with `id`.
  virtual void add(int32_t id) = 0;
  /// Up to `most` guesses of what follows; none is an answer too. Valid until the next call.
  virtual std::span<const int32_t> draft(size_t most) = 0;
  /// What a pass over `rows` tokens took: one drawn token and rows - 1 guesses.
  virtual void timed(size_t rows, double seconds) = 0;
};

}  // namespace tern
