#include "tokenizer/merger.h"

#include <algorithm>
#include <array>
#include <queue>

namespace tern {
namespace {

/// Up to here a scan of all pairs for each merge beats a heap.
constexpr size_t kShortRow = 48;

tl::unexpected<Error> crowded() {
  return fail(ErrorCode::kUnsupported, "the vocabulary's ids are chosen to make its merges slow to find");
}

}  // namespace

Result<Merger> Merger::from_list(const TokenizerSpec& spec) {
  Merger merger;
  const auto size = static_cast<int32_t>(spec.tokens.size());
  const auto in_range = [size](int32_t id) { return 0 <= id && id < size; };
  merger.pairs_ = PairTable(spec.merges.size());
  for (size_t rank = 0; rank < spec.merges.size(); ++rank) {
    const auto [left, right, result] = spec.merges[rank];
    if (!in_range(left) || !in_range(right) || !in_range(result)) {
      return fail(ErrorCode::kBadFile, "merge {} has ids outside the vocabulary of {}", rank, size);
    }
    if (spec.tokens[left] + spec.tokens[right] != spec.tokens[result]) {
      return fail(ErrorCode::kBadFile, "merge {}: token {} is not {} and {} joined", rank, result, left,
                  right);
    }
    if (spec.kinds[result] == TokenKind::kSpecial) {
      return fail(ErrorCode::kBadFile, "merge {} makes special token {} out of text", rank, result);
    }
    const auto inserted = merger.pairs_.insert(left, right, {static_cast<uint32_t>(rank), result});
    if (inserted == PairTable::Inserted::kKnown)
      return fail(ErrorCode::kBadFile, "merge {} repeats the pair {} and {}", rank, left, right);
    if (inserted == PairTable::Inserted::kCrowded) return crowded();
  }
  return merger;
}

Result<Merger> Merger::from_ranked(std::span<const Ranked> merges) {
  Merger merger;
  merger.pairs_ = PairTable(merges.size());
  for (const auto& [merge, rank] : merges) {
    if (merger.pairs_.insert(merge.left, merge.right, {rank, merge.result}) == PairTable::Inserted::kCrowded)
      return crowded();
  }
  return merger;
}

void Merger::merge(std::span<int32_t> symbols, std::vector<int32_t>* ids) const {
  symbols.size() <= kShortRow ? merge_short(symbols, ids) : merge_long(symbols, ids);
}

void Merger::merge_short(std::span<int32_t> parts, std::vector<int32_t>* ids) const {
  std::array<PairTable::Merge, kShortRow> merges;  // merges[i] joins parts i and i + 1
  size_t count = parts.size();
  for (size_t i = 0; i + 1 < count; ++i) merges[i] = pairs_.find(parts[i], parts[i + 1]);
  while (count > 1) {
    const auto best = std::min_element(merges.begin(), merges.begin() + count - 1,
                                       [](const auto& a, const auto& b) { return a.rank < b.rank; });
    if (best->rank == PairTable::kNoRank) break;
    const auto at = static_cast<size_t>(best - merges.begin());
    parts[at] = best->result;
    std::copy(parts.begin() + at + 2, parts.begin() + count, parts.begin() + at + 1);
    std::copy(merges.begin() + at + 1, merges.begin() + count - 1, merges.begin() + at);
    --count;
    if (at > 0) merges[at - 1] = pairs_.find(parts[at - 1], parts[at]);
    if (at + 1 < count) merges[at] = pairs_.find(parts[at], parts[at + 1]);
  }
  ids->insert(ids->end(), parts.begin(), parts.begin() + count);
}

void Merger::merge_long(std::span<const int32_t> symbols, std::vector<int32_t>* ids) const {
  // Parts are a linked list over the bytes they start at. The heap holds rank << 32 | part, so that it yields
  // the lowest rank and of equal ones the leftmost; an entry is stale when its part no longer has that rank.
  struct Part {
    int32_t id;
    uint32_t previous, next;
    PairTable::Merge merge;  ///< with the next part
  };
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  // Part numbers are 32 bits: a row of 4 Gi symbols and more is cut, at a place that depends on its length
  // alone.
  for (; symbols.size() >= kNone; symbols = symbols.subspan(kNone - 1))
    merge_long(symbols.first(kNone - 1), ids);

  const auto size = static_cast<uint32_t>(symbols.size());
  std::vector<Part> parts(size);
  for (uint32_t i = 0; i < size; ++i) {
    parts[i] = {symbols[i], i == 0 ? kNone : i - 1, i + 1 == size ? kNone : i + 1, {}};
  }
  std::vector<uint64_t> first_merges;
  for (uint32_t i = 0; i + 1 < size; ++i) {
    parts[i].merge = pairs_.find(parts[i].id, parts[i + 1].id);
    if (parts[i].merge.rank != PairTable::kNoRank)
      first_merges.push_back(uint64_t{parts[i].merge.rank} << 32 | i);
  }
  std::priority_queue heap(std::greater<uint64_t>(), std::move(first_merges));
  const auto update = [&](uint32_t at) {
    Part& part = parts[at];
    part.merge = part.next == kNone ? PairTable::Merge() : pairs_.find(part.id, parts[part.next].id);
    if (part.merge.rank != PairTable::kNoRank) heap.push(uint64_t{part.merge.rank} << 32 | at);
  };
  while (!heap.empty()) {
    const auto rank = static_cast<uint32_t>(heap.top() >> 32), at = static_cast<uint32_t>(heap.top());
    heap.pop();
    Part& left = parts[at];
    if (left.merge.rank != rank) continue;
    Part& right = parts[left.next];
    left.id = left.merge.result;
    left.next = right.next;
    right.merge = {};
    if (left.next != kNone) parts[left.next].previous = at;
    update(at);
    if (left.previous != kNone) update(left.previous);
  }
  for (uint32_t at = 0; at != kNone; at = parts[at].next) ids->push_back(parts[at].id);
}

}  // namespace tern
