#include "tokenizer/unigram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tokenizer/utf8.h"

namespace tern {
namespace {

/// How much worse than the worst token an unknown character is; as sentencepiece and `tokenizers` have it.
constexpr double kUnknownPenalty = 10;
/// A piece is cut here: places are 32 bits.
constexpr size_t kMaxPiece = size_t{1} << 30;
/// Bytes of a token: encoding takes as many steps a byte of the text, at worst.
constexpr size_t kMaxToken = 1024;

}  // namespace

Result<Unigram> Unigram::create(const TokenizerSpec& spec) {
  Unigram unigram;
  if (!spec.merges.empty() || spec.merges_by_rank || spec.ignore_merges)
    return fail(ErrorCode::kBadFile, "a unigram vocabulary has no merges");
  TERN_ASSIGN(unigram.fallback_, Fallback::create(spec));
  unigram.float_sums_ = spec.float_sums;
  const std::vector<bool> comes_up = tokens_of_text(spec);
  std::vector<TokenTrie::Token> texts;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const bool is_user_defined = spec.kinds[id] == TokenKind::kUserDefined && !spec.tokens[id].empty();
    if (!std::isfinite(spec.scores[id]))
      return fail(ErrorCode::kBadFile, "the score of token {} is no finite number", id);
    unigram.tokens_.push_back({spec.scores[id], is_user_defined});
    if (!comes_up[id] && !is_user_defined) continue;
    if (spec.tokens[id].size() > kMaxToken) {
      return fail(ErrorCode::kUnsupported, "token {} of a unigram vocabulary has {} bytes: {} at most", id,
                  spec.tokens[id].size(), kMaxToken);
    }
    texts.emplace_back(spec.tokens[id], static_cast<int32_t>(id));
  }
  std::sort(texts.begin(), texts.end());
  const auto same = std::adjacent_find(texts.begin(), texts.end(),
                                       [](const auto& a, const auto& b) { return a.first == b.first; });
  if (same != texts.end()) {
    return fail(ErrorCode::kBadFile, "tokens {} and {} have the same text", same->second, same[1].second);
  }
  unigram.read_extremes(spec);
  unigram.trie_ = TokenTrie(texts);
  return unigram;
}

/// sentencepiece counts normal tokens only, and starts from the extremes of float; `tokenizers` counts all.
void Unigram::read_extremes(const TokenizerSpec& spec) {
  double lowest = std::numeric_limits<float>::max();
  max_score_ = std::numeric_limits<float>::min();
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (float_sums_ && spec.kinds[id] != TokenKind::kNormal) continue;
    lowest = std::min(lowest, spec.scores[id]);
    max_score_ = std::max(max_score_, spec.scores[id]);
  }
  unknown_score_ = rounded(lowest - kUnknownPenalty);
}

/// A user defined token gets so much that it is always taken.
double Unigram::score_of(int32_t id, size_t length) const {
  const Token& token = tokens_[static_cast<size_t>(id)];
  if (!token.is_user_defined) return token.score;
  return rounded(static_cast<double>(length) * max_score_) - 0.1;
}

void Unigram::walk(std::string_view piece, std::vector<Best>* best) const {
  for (size_t start = 0; start < piece.size();) {
    const double before = (*best)[start].score;
    const size_t one = utf8_step(piece.substr(start)).length;
    // Rounded before it is compared: which of two ways wins that differ by less is seen in long runs.
    const auto offer = [&](size_t end, double score, int32_t id) {
      const double sum = rounded(score + before);
      Best& target = (*best)[end];
      if (target.start == kNone || sum > target.score) target = {sum, static_cast<uint32_t>(start), id};
    };
    bool is_known = false;
    uint32_t node = TokenTrie::kRoot;
    for (size_t end = start; end < piece.size();) {
      node = trie_.next(node, static_cast<uint8_t>(piece[end++]));
      if (node == TokenTrie::kNowhere) break;
      const int32_t id = trie_.id(node);
      if (id < 0) continue;
      offer(end, score_of(id, end - start), id);
      is_known |= end - start == one;
    }
    if (!is_known) offer(start + one, unknown_score_, kUnknown);
    start += one;
  }
}

void Unigram::encode(std::string_view piece, std::vector<int32_t>* ids) const {
  for (; piece.size() > kMaxPiece; piece.remove_prefix(kMaxPiece)) encode(piece.substr(0, kMaxPiece), ids);
  std::vector<Best> best(piece.size() + 1);
  walk(piece, &best);
  // Backwards, and turned round at the end.
  const size_t first = ids->size();
  std::array<int32_t, 4> row;  // a character, or what is none, has four bytes at most
  for (size_t end = piece.size(); end > 0; end = best[end].start) {
    const Best& last = best[end];
    if (last.id != kUnknown) {
      ids->push_back(last.id);
      continue;
    }
    const size_t count = fallback_.write(piece.substr(last.start, end - last.start), row.data());
    ids->insert(ids->end(), row.rbegin() + static_cast<std::ptrdiff_t>(row.size() - count), row.rend());
  }
  std::reverse(ids->begin() + static_cast<std::ptrdiff_t>(first), ids->end());
  fallback_.fuse(first, ids);
}

}  // namespace tern
