#pragma once
// Log-probabilities of the model's own distribution: log softmax of the logits as the model gives them,
// before bias, penalties, temperature and cuts. In double with own exp and log: the same bits on every
// machine.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/log_normalizer.h"

namespace tern {

struct TokenLogprob {
  int32_t id = 0;
  double logprob = 0;
};

/// log softmax of logits[vocab], which must outlive it and be finite.
class LogSoftmax {
 public:
  explicit LogSoftmax(std::span<const float> logits) : logits_(logits), normalizer_(log_normalizer(logits)) {}
  double of(int32_t id) const { return normalizer_.log_probability(logits_[static_cast<size_t>(id)]); }
  /// The `count` likeliest (all, of fewer), likeliest first, the lower id first among equals.
  std::vector<TokenLogprob> top(size_t count) const;

 private:
  std::span<const float> logits_;
  LogNormalizer normalizer_;
};

}  // namespace tern
