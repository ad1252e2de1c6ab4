#include "tokenizer/bpe.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace tern {
namespace {

/// Up to here a scan of all pairs for each merge beats a heap.
constexpr size_t kShortPiece = 48;
/// Longest token of a ranked vocabulary: each of its cuts is looked up, so that a hostile file could take
/// quadratic time. Real ones end at 128.
constexpr size_t kMaxRankedToken = 128;
/// Pairs a ranked token, on the average, that join to it: real vocabularies have 2 to 5, one made of all
/// parts of long words has 60.
constexpr size_t kMaxRankedPairs = 16;

tl::unexpected<Error> crowded() {
  return fail(ErrorCode::kUnsupported, "the vocabulary's ids are chosen to make its merges slow to find");
}

}  // namespace

Result<Bpe> Bpe::create(const TokenizerSpec& spec) {
  Bpe bpe;
  TERN_TRY(bpe.index_tokens(spec));
  TERN_TRY(spec.merges_by_rank ? bpe.index_ranks(spec) : bpe.index_merges(spec));
  if (!spec.ignore_merges) {
    std::vector<int32_t> ids;
    std::erase_if(bpe.whole_, [&](const auto& token) {
      ids.clear();
      bpe.merge(token.first, &ids);
      return ids.size() != 1 || ids[0] != token.second;
    });
  }
  return bpe;
}

Status Bpe::index_tokens(const TokenizerSpec& spec) {
  byte_ids_.fill(-1);
  whole_.reserve(spec.tokens.size());
  std::vector<bool> is_literal(spec.tokens.size());
  for (const int32_t id : spec.always_matched) is_literal[id] = true;
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    const std::string& token = spec.tokens[i];
    if (spec.kinds[i] != TokenKind::kNormal || token.empty() || is_literal[i]) continue;
    if (const auto [other, is_new] = whole_.emplace(token, id); !is_new) {
      return fail(ErrorCode::kBadFile, "tokens {} and {} have the same bytes", other->second, id);
    }
    if (token.size() == 1) byte_ids_[static_cast<uint8_t>(token[0])] = id;
  }
  for (const int32_t id : spec.always_matched) {
    const std::string& token = spec.tokens[id];
    if (token.size() == 1 && byte_ids_[static_cast<uint8_t>(token[0])] < 0) {
      byte_ids_[static_cast<uint8_t>(token[0])] = id;
    }
  }
  for (size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    if (byte_ids_[byte] >= 0) continue;
    if (spec.unk < 0) {
      return fail(ErrorCode::kBadFile, "the vocabulary has no token for byte 0x{:02X} and no unknown token",
                  byte);
    }
    byte_ids_[byte] = spec.unk;
  }
  return {};
}

Status Bpe::index_merges(const TokenizerSpec& spec) {
  const auto size = static_cast<int32_t>(spec.tokens.size());
  const auto in_range = [size](int32_t id) { return 0 <= id && id < size; };
  pairs_ = PairTable(spec.merges.size());
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
    const auto inserted = pairs_.insert(left, right, {static_cast<uint32_t>(rank), result});
    if (inserted == PairTable::Inserted::kKnown)
      return fail(ErrorCode::kBadFile, "merge {} repeats the pair {} and {}", rank, left, right);
    if (inserted == PairTable::Inserted::kCrowded) return crowded();
  }
  return {};
}

Result<std::vector<TokenizerSpec::Merge>> Bpe::find_merges() const {
  std::vector<TokenizerSpec::Merge> found;
  for (const auto& [token, id] : whole_) {
    if (token.size() > kMaxRankedToken) {
      return fail(ErrorCode::kUnsupported, "token {} has {} bytes: a ranked vocabulary may have up to {}", id,
                  token.size(), kMaxRankedToken);
    }
    for (size_t cut = 1; cut < token.size(); ++cut) {
      const auto left = whole_.find(token.substr(0, cut));
      if (left == whole_.end()) continue;
      const auto right = whole_.find(token.substr(cut));
      if (right != whole_.end()) found.push_back({left->second, right->second, id});
    }
    if (found.size() > kMaxRankedPairs * whole_.size()) {
      return fail(ErrorCode::kUnsupported, "more than {} pairs a token join to it", kMaxRankedPairs);
    }
  }
  return found;
}

Status Bpe::index_ranks(const TokenizerSpec& spec) {
  if (!spec.merges.empty()) return fail(ErrorCode::kBadFile, "a ranked vocabulary has no merges of its own");
  TERN_ASSIGN(const auto merges, find_merges());
  pairs_ = PairTable(merges.size());
  for (const auto& [left, right, result] : merges) {
    if (pairs_.insert(left, right, {static_cast<uint32_t>(result), result}) == PairTable::Inserted::kCrowded)
      return crowded();
  }
  return {};
}

Result<std::vector<TokenizerSpec::Merge>> Bpe::ranked_merges(const TokenizerSpec& spec) {
  Bpe bpe;
  TERN_TRY(bpe.index_tokens(spec));
  TERN_ASSIGN(auto merges, bpe.find_merges());
  std::sort(merges.begin(), merges.end(), [](const auto& a, const auto& b) {
    return std::tie(a.result, a.left, a.right) < std::tie(b.result, b.left, b.right);
  });
  return merges;
}

void Bpe::encode(std::string_view piece, std::vector<int32_t>* ids) const {
  if (const auto token = whole_.find(piece); token != whole_.end()) {
    ids->push_back(token->second);
  } else {
    merge(piece, ids);
  }
}

void Bpe::merge(std::string_view piece, std::vector<int32_t>* ids) const {
  piece.size() <= kShortPiece ? merge_short(piece, ids) : merge_long(piece, ids);
}

void Bpe::merge_short(std::string_view piece, std::vector<int32_t>* ids) const {
  std::array<int32_t, kShortPiece> parts;
  std::array<PairTable::Merge, kShortPiece> merges;  // merges[i] joins parts i and i + 1
  size_t count = piece.size();
  for (size_t i = 0; i < count; ++i) parts[i] = byte_ids_[static_cast<uint8_t>(piece[i])];
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

void Bpe::merge_long(std::string_view piece, std::vector<int32_t>* ids) const {
  // Parts are a linked list over the bytes they start at. The heap holds rank << 32 | part, so that it yields
  // the lowest rank and of equal ones the leftmost; an entry is stale when its part no longer has that rank.
  struct Part {
    int32_t id;
    uint32_t previous, next;
    PairTable::Merge merge;  ///< with the next part
  };
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  // Part numbers are 32 bits: a pre-token of 4 GiB and more is cut, at a byte that depends on its length
  // alone.
  for (; piece.size() >= kNone; piece.remove_prefix(kNone - 1)) merge_long(piece.substr(0, kNone - 1), ids);

  const auto size = static_cast<uint32_t>(piece.size());
  std::vector<Part> parts(size);
  for (uint32_t i = 0; i < size; ++i) {
    parts[i] = {
        byte_ids_[static_cast<uint8_t>(piece[i])], i == 0 ? kNone : i - 1, i + 1 == size ? kNone : i + 1, {}};
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
