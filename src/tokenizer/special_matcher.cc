#include "tokenizer/special_matcher.h"

#include <algorithm>

namespace tern {

SpecialMatcher::SpecialMatcher(std::vector<std::pair<std::string_view, int32_t>> tokens)
    : tokens_(std::move(tokens)) {
  std::sort(tokens_.begin(), tokens_.end());
  for (const auto& [text, id] : tokens_) starts_[static_cast<uint8_t>(text[0])] = true;
}

std::optional<SpecialMatcher::Match> SpecialMatcher::find(std::string_view text, size_t from,
                                                          const Accept& accept) const {
  if (tokens_.empty()) return std::nullopt;
  for (size_t begin = from; begin < text.size(); ++begin) {
    if (const auto match = longest_at(text, begin, accept)) return match;
  }
  return std::nullopt;
}

std::optional<SpecialMatcher::Match> SpecialMatcher::longest_at(std::string_view text, size_t begin,
                                                                const Accept& accept) const {
  if (!starts_[static_cast<uint8_t>(text[begin])]) return std::nullopt;
  // [low, high) are the tokens that agree with the text so far; each further byte narrows the range.
  auto low = tokens_.begin(), high = tokens_.end();
  std::optional<Match> longest;
  for (size_t length = 1; begin + length <= text.size(); ++length) {
    const auto byte = static_cast<uint8_t>(text[begin + length - 1]);
    // A token that ends before this byte sorts first in the range, below every byte.
    const auto byte_of = [&](const std::pair<std::string_view, int32_t>& token) {
      return token.first.size() < length ? -1
                                         : static_cast<int>(static_cast<uint8_t>(token.first[length - 1]));
    };
    low = std::partition_point(low, high, [&](const auto& token) { return byte_of(token) < byte; });
    high = std::partition_point(low, high, [&](const auto& token) { return byte_of(token) == byte; });
    if (low == high) break;
    const Match match{begin, length, low->second};
    if (low->first.size() == length && (!accept || accept(match))) longest = match;
  }
  return longest;
}

}  // namespace tern
