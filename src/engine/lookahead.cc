#include "engine/lookahead.h"

#include <chrono>
#include <utility>

#include "base/check.h"

namespace tern {

Lookahead::Lookahead(std::span<const int32_t> prompt, std::vector<float> logits, Drafter* drafter, Run run)
    : drafter_(drafter), run_(std::move(run)), vocab_(logits.size()), rows_(std::move(logits)) {
  if (drafter_ != nullptr) drafter_->begin(prompt);
}

Status Lookahead::advance(int32_t id, size_t most) {
  if (drafter_ != nullptr) drafter_->add(id);
  if (row_ + 1 < tokens_.size() && tokens_[row_ + 1] == id) {
    ++row_;
    ++accepted_;
    return {};
  }
  tokens_.assign(1, id);
  row_ = 0;
  if (drafter_ != nullptr && most > 0) {
    const std::span<const int32_t> guesses = drafter_->draft(most);
    TERN_CHECK(guesses.size() <= most);
    tokens_.insert(tokens_.end(), guesses.begin(), guesses.end());
  }
  if (tokens_.size() > 1) {
    drafted_ += static_cast<int64_t>(tokens_.size()) - 1;
    if (pass()) return {};
    // A guess may fail where the text never goes (its keys overflow, no memory for its page): not the text's
    // error.
    tokens_.resize(1);
  }
  return pass();
}

Status Lookahead::pass() {
  rows_.resize(tokens_.size() * vocab_);
  const auto start = std::chrono::steady_clock::now();
  TERN_TRY(run_(tokens_, rows_.data()));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (drafter_ != nullptr) drafter_->timed(tokens_.size(), took.count());
  return {};
}

}  // namespace tern
