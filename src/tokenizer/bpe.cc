#include "tokenizer/bpe.h"

#include <algorithm>
#include <tuple>

namespace tern {
namespace {

/// Longer pre-tokens take their memory from the heap.
constexpr size_t kOnStack = 256;
/// Longest token of a ranked vocabulary: each of its cuts is looked up, so that a hostile file could take
/// quadratic time. Real ones end at 128.
constexpr size_t kMaxRankedToken = 128;

}  // namespace

Result<Bpe> Bpe::create(const TokenizerSpec& spec) {
  Bpe bpe;
  TERN_TRY(bpe.index_tokens(spec));
  if (spec.merges_by_rank) {
    TERN_TRY(bpe.index_ranks(spec));
  } else {
    TERN_ASSIGN(bpe.merger_, Merger::from_list(spec));
  }
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
    if (found.size() > Merger::kMaxPairs * whole_.size()) {
      return fail(ErrorCode::kUnsupported, "more than {} pairs a token join to it", Merger::kMaxPairs);
    }
  }
  return found;
}

Status Bpe::index_ranks(const TokenizerSpec& spec) {
  if (!spec.merges.empty()) return fail(ErrorCode::kBadFile, "a ranked vocabulary has no merges of its own");
  TERN_ASSIGN(const auto merges, find_merges());
  std::vector<Merger::Ranked> ranked;
  for (const auto& merge : merges) ranked.push_back({merge, static_cast<uint32_t>(merge.result)});
  TERN_ASSIGN(merger_, Merger::from_ranked(ranked));
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
  const auto bytes_to_ids = [&](int32_t* out) {
    for (const char byte : piece) *out++ = byte_ids_[static_cast<uint8_t>(byte)];
  };
  if (std::array<int32_t, kOnStack> row; piece.size() <= row.size()) {
    bytes_to_ids(row.data());
    merger_.merge(std::span(row).first(piece.size()), ids);
  } else {
    std::vector<int32_t> symbols(piece.size());
    bytes_to_ids(symbols.data());
    merger_.merge(symbols, ids);
  }
}

}  // namespace tern
