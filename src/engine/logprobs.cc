#include "engine/logprobs.h"

#include <algorithm>
#include <numeric>

#include "base/math_f64.h"

namespace tern {

LogSoftmax::LogSoftmax(std::span<const float> logits)
    : logits_(logits), best_(*std::max_element(logits.begin(), logits.end())) {
  double sum = 0;
  for (const float logit : logits) sum += exp_f64(static_cast<double>(logit) - best_);
  log_sum_ = log_f64(sum);
}

std::vector<TokenLogprob> LogSoftmax::top(size_t count) const {
  std::vector<int32_t> ids(logits_.size());
  std::iota(ids.begin(), ids.end(), 0);
  count = std::min(count, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(count), ids.end(),
                    [this](int32_t a, int32_t b) {
                      const float x = logits_[static_cast<size_t>(a)], y = logits_[static_cast<size_t>(b)];
                      return x != y ? x > y : a < b;
                    });
  std::vector<TokenLogprob> best;
  for (size_t i = 0; i < count; ++i) best.push_back({ids[i], of(ids[i])});
  return best;
}

}  // namespace tern
