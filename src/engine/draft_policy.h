#pragma once
#include <array>
#include <cstddef>

namespace tern {

/// How many guesses to check in one pass, so that most tokens a second come out. Two things are learned while
/// the text is written: how often a guess is right, by the length of the match that it comes from (judged
/// also when nobody paid for it), and what a further token in a pass costs with this model, on this machine,
/// at this length of context.
class DraftPolicy {
 public:
  /// The guess made after a match of `length` tokens was right, or wrong.
  void judged(size_t length, bool right);
  /// A pass over `rows` >= 1 tokens took `seconds`.
  void timed(size_t rows, double seconds);
  /// Guesses worth a pass after a match of `length` tokens, 0 to `most`.
  size_t guesses(size_t length, size_t most) const;
  /// What each token of a pass after the first costs, in passes over one token.
  double row_cost() const { return row_cost_; }

 private:
  /// Share of right guesses after matches of 2 or 3 tokens, 4 to 7, 8 to 15, and more.
  std::array<double, 4> right_ = {0.2, 0.4, 0.6, 0.8};
  double row_cost_ = kUsualRowCost;
  double single_s_ = 0;  ///< a pass over one token; 0 until one was seen

  static constexpr double kUsualRowCost = 0.35;
};

}  // namespace tern
