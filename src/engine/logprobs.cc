#include "engine/logprobs.h"

#include <algorithm>
#include <numeric>

namespace tern {

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
