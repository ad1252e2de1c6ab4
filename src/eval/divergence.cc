#include "eval/divergence.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/math_f64.h"

namespace tern {
namespace {

/// Of sorted `values`; `share` from 0 to 1.
double percentile(const std::vector<double>& values, double share) {
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

DivergenceMeter::DivergenceMeter() : weights_(size_t{std::numeric_limits<LogitCode>::max()} + 1) {
  for (size_t code = 0; code < weights_.size(); ++code) {
    weights_[code] = exp_f64(-static_cast<double>(code) / kCodesPerNat);
  }
}

Result<Divergence> DivergenceMeter::measure(std::span<const LogitCode> codes, std::span<const float> logits,
                                            const LogNormalizer& q, int32_t target) const {
  TERN_CHECK(codes.size() == logits.size() && static_cast<size_t>(target) < logits.size());
  // log p_i = -code_i/kCodesPerNat - log z and log q_i = (logits_i - best) - log_sum, so that the sum over i
  // of p_i (log p_i - log q_i) = (sum of weight_i (-code_i/kCodesPerNat - (logits_i - best))) / z - log z +
  // log_sum.
  double z = 0, weighted = 0;
  size_t top = 0, tops = 0;
  for (size_t i = 0; i < codes.size(); ++i) {
    const double weight = weights_[codes[i]];
    const double log_p = -static_cast<double>(codes[i]) / kCodesPerNat;
    z += weight;
    weighted += weight * (log_p - (static_cast<double>(logits[i]) - q.best));
    if (codes[i] == 0) {
      top = i;
      ++tops;
    }
  }
  if (tops != 1) return fail(ErrorCode::kBadFile, "{} tokens have code 0 instead of one", tops);
  const double log_z = log_f64(z);
  const auto q_top = static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  return Divergence{
      .kl = weighted / z - log_z + q.log_sum,
      .saved_logprob = -static_cast<double>(codes[static_cast<size_t>(target)]) / kCodesPerNat - log_z,
      .same_top = top == q_top};
}

void DivergenceTotals::add(const Divergence& divergence) {
  kls_.push_back(divergence.kl);
  kl_.add(divergence.kl);
  saved_logprob_.add(divergence.saved_logprob);
  same_top_ += divergence.same_top;
}

DivergenceSummary DivergenceTotals::summarize() const {
  TERN_CHECK(!kls_.empty());
  std::vector<double> sorted = kls_;
  std::sort(sorted.begin(), sorted.end());
  return {.mean = kl_.mean(),
          .standard_error = kl_.standard_error(),
          .median = percentile(sorted, 0.5),
          .p99 = percentile(sorted, 0.99),
          .max = sorted.back(),
          .same_top = static_cast<double>(same_top_) / static_cast<double>(kls_.size()),
          .saved_perplexity = exp_f64(-saved_logprob_.mean())};
}

}  // namespace tern
