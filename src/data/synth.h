#pragma once
// Text made by rules, so that a recipe is reproducible from nothing: the same seed gives the same text on
// every machine.
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/seeded_random.h"
#include "data/hash_set.h"

namespace tern {

/// A question and its worked answer.
struct Exchange {
  std::string question, answer;
};

/// A problem of simple arithmetic: sums, differences, products, quotients, comparisons, rows of numbers, word
/// problems, clocks, money, .. in varied words.
Exchange math_problem(SeededRandom& random);
/// Three to ten of them.
std::string math_document(SeededRandom& random);

/// A story by one of the plots of synth_plots.cc, with heroes, places and words drawn for it.
std::string story(SeededRandom& random);
/// A wish for a story (its theme, hero, title, moral, or words that it uses), and the story.
Exchange story_wish(SeededRandom& random);
/// How many plots there are.
size_t story_plots();

enum class SynthKind { kMath, kStories };

struct SynthOptions {
  SynthKind kind = SynthKind::kMath;
  uint64_t seed = 0;
  bool chat = false;  ///< {"messages": question, answer} instead of {"text"}
};

/// Makes documents one after the other, no two the same. More of them begin with those of fewer.
class Synth {
 public:
  explicit Synth(const SynthOptions& options) : options_(options) {}
  /// The next document as a line of JSON. kInvalidArgument when there is hardly another one to be had.
  Result<std::string> next();

 private:
  SynthOptions options_;
  int64_t made_ = 0;
  HashSet seen_;  ///< hashes of the lines
};

}  // namespace tern
