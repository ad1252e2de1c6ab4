#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/drafter.h"

namespace tern {

/// The logits from which the next token is drawn, one token after the other, although a pass of the model may
/// have run several: the drawn token and guesses of what follows. A token is always drawn from logits behind
/// exactly the tokens drawn before it, so the text is that of single passes.
class Lookahead {
 public:
  /// Runs `tokens` behind the drawn ones, writing one row of logits for each. Only the first is part of the
  /// text; what the others leave in the cache is overwritten or, if they come true, taken over.
  using Run = std::function<Status(std::span<const int32_t> tokens, float* logits)>;

  /// `logits`: those behind the prompt, [vocab]. `drafter` gets the prompt; nullptr: no guesses.
  Lookahead(std::span<const int32_t> prompt, std::vector<float> logits, Drafter* drafter, Run run);
  /// [vocab], valid until advance().
  std::span<const float> logits() const { return std::span(rows_).subspan(row_ * vocab_, vocab_); }
  /// `id` was drawn: makes logits() those behind it, with a pass unless a guess said so. At most `most`
  /// guesses join the pass. Errors: those of `run` for `id` alone; guesses cause none.
  Status advance(int32_t id, size_t most);
  /// Guesses that were run, and those that saved a pass.
  int64_t drafted() const { return drafted_; }
  int64_t accepted() const { return accepted_; }

 private:
  Status pass();

  Drafter* drafter_;
  Run run_;
  size_t vocab_;
  std::vector<float> rows_;      ///< [tokens_.size(), vocab]
  std::vector<int32_t> tokens_;  ///< of the last pass: a drawn one, then guesses
  size_t row_ = 0;               ///< tokens_[0 .. row_] are drawn
  int64_t drafted_ = 0, accepted_ = 0;
};

}  // namespace tern
