#pragma once
// How far a model's predictions are from those of another one, whose log-probabilities were saved.
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/log_normalizer.h"
#include "eval/logits_file.h"
#include "eval/moments.h"

namespace tern {

/// At one position. P is the saved distribution, Q the model's.
struct Divergence {
  double kl = 0;             ///< sum of p_i (log p_i - log q_i), in nats: 0 or more, but for roundings
  double saved_logprob = 0;  ///< log p of the token that came; never 32 below the likeliest's
  bool same_top = false;     ///< the likeliest token of both is the same, the lowest id among equals
};

/// Reads rows of a logits file; P is what the codes say, made to sum to 1.
class DivergenceMeter {
 public:
  DivergenceMeter();
  /// `codes` and `logits` are [vocab], `q` is log_normalizer(logits). kBadFile, without the file's name, when
  /// not exactly one code is 0.
  Result<Divergence> measure(std::span<const LogitCode> codes, std::span<const float> logits,
                             const LogNormalizer& q, int32_t target) const;

 private:
  std::vector<double> weights_;  ///< exp(-code / kCodesPerNat), [65536]
};

/// Of many positions.
struct DivergenceSummary {
  double mean = 0, standard_error = 0, median = 0, p99 = 0, max = 0;  ///< of kl
  double same_top = 0;                                                ///< share of positions
  double saved_perplexity = 0;                                        ///< of the saved model
};

class DivergenceTotals {
 public:
  void add(const Divergence& divergence);
  /// At least one must have been added. Percentiles lie between the two nearest values, by distance.
  DivergenceSummary summarize() const;

 private:
  std::vector<double> kls_;
  Moments kl_, saved_logprob_;
  uint64_t same_top_ = 0;
};

}  // namespace tern
