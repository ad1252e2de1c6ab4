#include "tokenizer/char_bpe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tokenizer/normalizer.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

/// Longer chunks take their memory from the heap.
constexpr size_t kOnStack = 256;
/// Longest token of a scored vocabulary: each of its cuts is looked up. Those of sentencepiece have up to 64.
constexpr size_t kMaxScoredToken = 512;
/// A scan looks this far ahead at each byte.
constexpr size_t kMaxUserDefined = 512;

size_t char_length(std::string_view text) {
  return utf8_step(text).length;
}

/// Scores in falling order, each once: the place of one is the rank of what has it.
Result<std::vector<double>> sorted_scores(const TokenizerSpec& spec) {
  std::vector<double> scores;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (std::isnan(spec.scores[id]))
      return fail(ErrorCode::kBadFile, "the score of token {} is no number", id);
    if (spec.kinds[id] == TokenKind::kNormal) scores.push_back(spec.scores[id]);
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  return scores;
}

}  // namespace

Result<CharBpe> CharBpe::create(const TokenizerSpec& spec) {
  CharBpe bpe;
  if (spec.ignore_merges || spec.merges_by_rank) {
    return fail(ErrorCode::kUnsupported, "a BPE of characters has no ranks, and no ignore_merges");
  }
  TERN_TRY(bpe.index_tokens(spec));
  if (spec.scores.empty()) {
    TERN_ASSIGN(bpe.merger_, Merger::from_list(spec));
  } else {
    bpe.index_parts(spec);
    TERN_TRY(bpe.check_unused(spec));
    TERN_ASSIGN(bpe.merger_, bpe.merger_from_scores(spec));
  }
  std::vector<int32_t> ids;
  for (const auto& [text, id] : bpe.symbols_) {
    ids.clear();
    bpe.merge(text, &ids);
    if (ids.size() == 1 && ids[0] == id && id < bpe.vocab_size_) bpe.whole_.emplace(text, id);
  }
  return bpe;
}

Status CharBpe::index_tokens(const TokenizerSpec& spec) {
  TERN_ASSIGN(fallback_, Fallback::create(spec));
  vocab_size_ = static_cast<int32_t>(spec.tokens.size());
  ascii_.fill(-1);
  symbols_.reserve(spec.tokens.size());
  const std::vector<bool> comes_up = tokens_of_text(spec);
  std::vector<std::pair<std::string_view, int32_t>> user_defined;
  for (int32_t id = 0; id < vocab_size_; ++id) {
    const std::string_view token = spec.tokens[static_cast<size_t>(id)];
    if (spec.kinds[static_cast<size_t>(id)] == TokenKind::kUserDefined) {
      if (token.empty() || token.size() > kMaxUserDefined) {
        return fail(ErrorCode::kBadFile, "user defined token {} has {} bytes: it must have 1 to {}", id,
                    token.size(), kMaxUserDefined);
      }
      user_defined.emplace_back(token, id);
    }
    if (!comes_up[static_cast<size_t>(id)]) continue;
    if (const auto [other, is_new] = symbols_.emplace(token, id); !is_new)
      return fail(ErrorCode::kBadFile, "tokens {} and {} have the same text", other->second, id);
    for (size_t i = 1; i < token.size(); ++i) {
      neighbours_.set(static_cast<uint8_t>(token[i - 1]) << 8 | static_cast<uint8_t>(token[i]));
    }
    if (token.size() == 1 && static_cast<uint8_t>(token[0]) < ascii_.size())
      ascii_[static_cast<uint8_t>(token[0])] = id;
  }
  user_defined_ = SpecialMatcher(std::move(user_defined));
  return {};
}

void CharBpe::index_parts(const TokenizerSpec& spec) {
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    if (spec.kinds[i] != TokenKind::kNormal) continue;
    for (std::string_view rest = spec.tokens[i]; !rest.empty();) {
      const std::string_view part = rest.substr(0, char_length(rest));
      rest.remove_prefix(part.size());
      const auto number = vocab_size_ + static_cast<int32_t>(parts_.size());
      if (!symbols_.emplace(part, number).second) continue;
      parts_.push_back(part);
      if (static_cast<uint8_t>(part[0]) < ascii_.size()) ascii_[static_cast<uint8_t>(part[0])] = number;
    }
  }
}

std::optional<std::pair<int32_t, int32_t>> CharBpe::parts_of(std::string_view token, size_t cut) const {
  const auto left = symbols_.find(token.substr(0, cut));
  if (left == symbols_.end()) return std::nullopt;
  const auto right = symbols_.find(token.substr(cut));
  if (right == symbols_.end()) return std::nullopt;
  return std::pair(left->second, right->second);
}

Status CharBpe::check_unused(const TokenizerSpec& spec) const {
  for (size_t i = 0; i < spec.tokens.size(); ++i) {
    // In text looked up by its spelling a blank is a mark.
    const bool is_out_of_reach = spec.tokens[i].empty() || spec.tokens[i].find(' ') != std::string::npos;
    if (spec.kinds[i] != TokenKind::kUnused || is_out_of_reach) continue;
    const std::string text = undo_blank_marks(spec.tokens[i]);
    bool reached = text.size() == char_length(text);
    for (size_t cut = 1; cut < std::min(text.size(), kMaxScoredToken) && !reached; ++cut)
      reached = parts_of(text, cut).has_value();
    if (!reached) continue;
    return fail(ErrorCode::kUnsupported, "token {} ('{}') is not to be used, but text leads to it", i,
                spec.tokens[i]);
  }
  return {};
}

Result<Merger> CharBpe::merger_from_scores(const TokenizerSpec& spec) const {
  TERN_ASSIGN(const std::vector<double> scores, sorted_scores(spec));
  std::vector<Merger::Ranked> merges;
  for (const auto& [token, id] : symbols_) {
    if (token.size() > kMaxScoredToken) {
      return fail(ErrorCode::kUnsupported, "token {} has {} bytes: a scored vocabulary may have up to {}", id,
                  token.size(), kMaxScoredToken);
    }
    if (id >= vocab_size_) continue;
    const auto rank = std::lower_bound(scores.begin(), scores.end(), spec.scores[static_cast<size_t>(id)],
                                       std::greater<>()) -
                      scores.begin();
    for (size_t cut = 1; cut < token.size(); ++cut) {
      const auto parts = parts_of(token, cut);
      if (parts) merges.push_back({{parts->first, parts->second, id}, static_cast<uint32_t>(rank)});
    }
    if (merges.size() > Merger::kMaxPairs * symbols_.size()) {
      return fail(ErrorCode::kUnsupported, "more than {} pairs a token join to it", Merger::kMaxPairs);
    }
  }
  return Merger::from_ranked(merges);
}

bool CharBpe::is_cut(char before, char after) const {
  const auto a = static_cast<uint8_t>(before), b = static_cast<uint8_t>(after);
  return (b & 0xC0) != 0x80 && !neighbours_[a << 8 | b];
}

void CharBpe::encode(std::string_view piece, std::vector<int32_t>* ids) const {
  const size_t first = ids->size();
  size_t from = 0;
  while (const auto match = user_defined_.find(piece, from)) {
    encode_plain(piece.substr(from, match->begin - from), ids);
    ids->push_back(match->id);
    from = match->begin + match->length;
  }
  encode_plain(piece.substr(from), ids);
  tidy(first, ids);
}

void CharBpe::encode_plain(std::string_view text, std::vector<int32_t>* ids) const {
  size_t begin = 0;
  for (size_t end = 1; end <= text.size(); ++end) {
    if (end < text.size() && !is_cut(text[end - 1], text[end])) continue;
    encode_chunk(text.substr(begin, end - begin), ids);
    begin = end;
  }
}

void CharBpe::encode_chunk(std::string_view chunk, std::vector<int32_t>* ids) const {
  if (const auto token = whole_.find(chunk); token != whole_.end()) {
    ids->push_back(token->second);
  } else {
    merge(chunk, ids);
  }
}

void CharBpe::merge(std::string_view chunk, std::vector<int32_t>* ids) const {
  if (std::array<int32_t, kOnStack> row; chunk.size() <= row.size()) {
    merger_.merge(std::span(row).first(symbols_of(chunk, row.data())), ids);
  } else {
    std::vector<int32_t> symbols(chunk.size());
    symbols.resize(symbols_of(chunk, symbols.data()));
    merger_.merge(symbols, ids);
  }
}

size_t CharBpe::symbols_of(std::string_view chunk, int32_t* symbols) const {
  int32_t* out = symbols;
  while (!chunk.empty()) {
    const auto byte = static_cast<uint8_t>(chunk[0]);
    if (byte < ascii_.size() && ascii_[byte] >= 0) {
      *out++ = ascii_[byte];
      chunk.remove_prefix(1);
      continue;
    }
    const std::string_view character = chunk.substr(0, char_length(chunk));
    chunk.remove_prefix(character.size());
    if (const auto symbol = symbols_.find(character); symbol != symbols_.end()) {
      *out++ = symbol->second;
    } else {
      out += fallback_.write(character, out);
    }
  }
  return static_cast<size_t>(out - symbols);
}

void CharBpe::tidy(size_t from, std::vector<int32_t>* ids) const {
  const auto is_part = [&](int32_t id) { return id >= vocab_size_; };
  const auto begin = ids->begin() + static_cast<std::ptrdiff_t>(from);
  if (!parts_.empty() && std::any_of(begin, ids->end(), is_part)) {
    const std::vector<int32_t> symbols(begin, ids->end());
    ids->resize(from);
    std::array<int32_t, 4> row;  // a character has four bytes at most
    for (const int32_t id : symbols) {
      if (!is_part(id)) {
        ids->push_back(id);
        continue;
      }
      const size_t count = fallback_.write(parts_[static_cast<size_t>(id - vocab_size_)], row.data());
      ids->insert(ids->end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(count));
    }
  }
  fallback_.fuse(from, ids);
}

}  // namespace tern
