#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/draft_policy.h"
#include "engine/drafter.h"

namespace tern {

/// Guesses that the text repeats itself ("prompt lookup"): what followed its last tokens when they last stood
/// in prompt or answer. The longest match counts, the most recent among equals. The work for a token does not
/// grow with the text.
class Lookup final : public Drafter {
 public:
  void begin(std::span<const int32_t> prompt) override;
  void add(int32_t id) override;
  std::span<const int32_t> draft(size_t most) override;
  void timed(size_t rows, double seconds) override { policy_.timed(rows, seconds); }

 private:
  /// The text's last `length` tokens stand before position `next` too; length 0: no match.
  struct Match {
    size_t next = 0, length = 0;
  };
  void append(int32_t id);
  Match find(Match going_on) const;
  size_t common_length(size_t next) const;

  std::vector<int32_t> text_;
  // A chain for each hash of two tokens: positions behind such a pair, latest first; 0 ends it.
  std::vector<uint32_t> latest_;   ///< by hash
  std::vector<uint32_t> earlier_;  ///< by position behind a pair
  Match match_;
  std::vector<int32_t> guesses_;
  DraftPolicy policy_;
};

}  // namespace tern
