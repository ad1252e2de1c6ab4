#include "engine/draft_policy.h"

#include <algorithm>
#include <bit>

namespace tern {
namespace {

// Weights of a new observation in the running means.
constexpr double kJudgedWeight = 1.0 / 16, kTimedWeight = 1.0 / 8;
// A cost that was measured long ago, perhaps when another program held the processor, drifts back to the
// usual one: otherwise a high one would end all guessing, and with it the measuring, for good.
constexpr double kForgetWeight = 1.0 / 256;

void mix(double* mean, double value, double weight) {
  *mean += (value - *mean) * weight;
}

/// Class of a match, an index of right_.
size_t class_of(size_t length) {
  return std::clamp<size_t>(std::bit_width(length), 2, 5) - 2;
}

}  // namespace

void DraftPolicy::judged(size_t length, bool right) {
  mix(&right_[class_of(length)], right ? 1.0 : 0.0, kJudgedWeight);
}

void DraftPolicy::timed(size_t rows, double seconds) {
  if (rows == 1) {
    mix(&single_s_, seconds, single_s_ == 0 ? 1.0 : kTimedWeight);
    mix(&row_cost_, kUsualRowCost, kForgetWeight);
  } else if (single_s_ > 0) {
    const double cost = (seconds / single_s_ - 1) / static_cast<double>(rows - 1);
    mix(&row_cost_, std::clamp(cost, 0.0, 1.0), kTimedWeight);
  }
}

size_t DraftPolicy::guesses(size_t length, size_t most) const {
  size_t best = 0;
  double best_rate = 1;  // tokens in the time of a pass over one token
  double tokens = 1;     // that the pass is expected to give: one is drawn whatever the guesses are worth
  double all_right = 1;  // probability that the guesses so far hold
  double pass = 1;
  for (size_t n = 1; n <= most; ++n) {
    all_right *= right_[class_of(length + n - 1)];
    tokens += all_right;
    pass += row_cost_;
    if (tokens / pass > best_rate) {
      best = n;
      best_rate = tokens / pass;
    }
  }
  return best;
}

}  // namespace tern
