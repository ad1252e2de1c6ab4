#pragma once
#include <span>

namespace tern {

/// What turns logits into log-probabilities: log p_i = (logits_i - best) - log_sum.
struct LogNormalizer {
  double best = 0;     ///< the greatest logit
  double log_sum = 0;  ///< log of the sum of exp(logits_i - best)
  double log_probability(float logit) const { return (static_cast<double>(logit) - best) - log_sum; }
};

/// Of finite `logits`, at least one. In double and in the order of the ids, by additions and multiplications
/// alone: the same bits on every machine, at a fifteenth of the time of exp_f64(). Each exponential is within
/// 2 ulp; none is below exp(-700).
LogNormalizer log_normalizer(std::span<const float> logits);

}  // namespace tern
