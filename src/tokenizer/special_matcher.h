#pragma once
// Finds added tokens in text: the leftmost, and of those that start there the longest, as Hugging Face does.
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tern {

class SpecialMatcher {
 public:
  struct Match {
    size_t begin, length;
    int32_t id;
  };

  /// Token texts (not empty, no two equal) and ids; the texts must outlive the matcher.
  explicit SpecialMatcher(std::vector<std::pair<std::string_view, int32_t>> tokens);

  /// Whether a match counts; one that does not is as if its token were not there.
  using Accept = std::function<bool(const Match&)>;

  std::optional<Match> find(std::string_view text, size_t from, const Accept& accept = {}) const;
  /// The longest that starts at byte `begin`, which must be in the text.
  std::optional<Match> longest_at(std::string_view text, size_t begin, const Accept& accept = {}) const;

 private:
  std::vector<std::pair<std::string_view, int32_t>> tokens_;  ///< sorted by text
  std::array<bool, 256> starts_{};                            ///< bytes that some token starts with
};

}  // namespace tern
