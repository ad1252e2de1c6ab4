#include "engine/lookup.h"

#include <algorithm>

namespace tern {
namespace {

constexpr size_t kLeastMatch = 2, kMostMatch = 32;
// Earlier occurrences looked at: with them a token's work is bounded.
constexpr int kCandidates = 16;
constexpr int kHashBits = 16;

size_t hash_of_pair(const int32_t* pair) {
  const uint64_t both = uint64_t{static_cast<uint32_t>(pair[0])} << 32 | static_cast<uint32_t>(pair[1]);
  return static_cast<size_t>(both * 0x9E3779B97F4A7C15u >> (64 - kHashBits));
}

}  // namespace

void Lookup::begin(std::span<const int32_t> prompt) {
  text_.clear();
  earlier_.assign(1, 0);
  latest_.assign(size_t{1} << kHashBits, 0);
  for (const int32_t id : prompt) append(id);
  match_ = find({});
}

void Lookup::add(int32_t id) {
  Match going_on;
  if (match_.length > 0) {
    const bool right = text_[match_.next] == id;
    policy_.judged(match_.length, right);
    if (right) going_on = {match_.next + 1, std::min(match_.length + 1, kMostMatch)};
  }
  append(id);
  match_ = find(going_on);
}

void Lookup::append(int32_t id) {
  text_.push_back(id);
  const size_t end = text_.size();
  earlier_.push_back(0);
  if (end < kLeastMatch) return;
  uint32_t& latest = latest_[hash_of_pair(text_.data() + end - kLeastMatch)];
  earlier_[end] = latest;
  latest = static_cast<uint32_t>(end);
}

/// How many tokens before `next` are the text's last ones, up to kMostMatch.
size_t Lookup::common_length(size_t next) const {
  const size_t limit = std::min(next, kMostMatch), end = text_.size();
  size_t length = 0;
  while (length < limit && text_[next - 1 - length] == text_[end - 1 - length]) ++length;
  return length;
}

Lookup::Match Lookup::find(Match going_on) const {
  Match best;
  uint32_t next = earlier_.back();
  for (int i = 0; i < kCandidates && next != 0; ++i, next = earlier_[next]) {
    const size_t length = common_length(next);
    if (length >= kLeastMatch && length > best.length) best = {next, length};
  }
  // The match that just proved right may lie beyond the candidates.
  return going_on.length > best.length ? going_on : best;
}

std::span<const int32_t> Lookup::draft(size_t most) {
  guesses_.clear();
  if (match_.length == 0) return {};
  const size_t count = policy_.guesses(match_.length, most);
  // Beyond the end of the text the guesses themselves are what repeats.
  for (size_t at = match_.next; guesses_.size() < count; ++at) {
    guesses_.push_back(at < text_.size() ? text_[at] : guesses_[at - text_.size()]);
  }
  return guesses_;
}

}  // namespace tern
