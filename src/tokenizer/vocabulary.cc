#include "tokenizer/vocabulary.h"

#include "tokenizer/normalizer.h"
#include "tokenizer/tokenizer.h"

namespace tern {

void set_mapped_token(TokenizerSpec* spec, int32_t id, std::string_view mapped) {
  auto bytes = undo_byte_map(mapped);
  spec->kinds[id] = bytes ? TokenKind::kNormal : TokenKind::kUnused;
  spec->tokens[id] = bytes ? std::move(*bytes) : std::string(mapped);
}

void set_marked_token(TokenizerSpec* spec, int32_t id, std::string_view marked, bool byte_fallback) {
  const int byte = byte_fallback ? byte_of_token(marked) : -1;
  if (byte >= 0) {
    spec->kinds[id] = TokenKind::kByte;
    spec->tokens[id] = std::string(1, static_cast<char>(byte));
    return;
  }
  const bool comes_up = marked.find(' ') == std::string_view::npos;
  spec->kinds[id] = comes_up ? TokenKind::kNormal : TokenKind::kUnused;
  spec->tokens[id] = comes_up ? undo_blank_marks(marked) : std::string(marked);
}

Status set_sentencepiece_token(TokenizerSpec* spec, int32_t id, int64_t type, std::string_view marked,
                               std::string_view what) {
  std::string& token = spec->tokens[id];
  TokenKind& kind = spec->kinds[id];
  token = marked;
  switch (type) {
    case token_type::kNormal:
      set_marked_token(spec, id, marked, /*byte_fallback=*/false);
      return {};
    case token_type::kUnknown:
    case token_type::kControl:
      kind = TokenKind::kSpecial;
      return {};
    case token_type::kUserDefined:
      set_marked_token(spec, id, marked, /*byte_fallback=*/false);
      if (kind == TokenKind::kNormal) kind = TokenKind::kUserDefined;
      return {};
    case token_type::kUnused:
      kind = TokenKind::kUnused;
      return {};
    case token_type::kByte:
      if (byte_of_token(marked) < 0)
        return fail(ErrorCode::kBadFile, "{}: token {} ('{}') is typed as a byte, but is none", what, id,
                    marked);
      set_marked_token(spec, id, marked, /*byte_fallback=*/true);
      return {};
  }
  return fail(ErrorCode::kBadFile, "{}: token {} has type {}: there are types 1 to 6", what, id, type);
}

std::pair<int32_t, std::string> sentencepiece_token(const TokenizerSpec& spec, int32_t id) {
  const std::string& token = spec.tokens[static_cast<size_t>(id)];
  switch (spec.kinds[static_cast<size_t>(id)]) {
    case TokenKind::kNormal:
      return {token_type::kNormal, apply_blank_marks(token)};
    case TokenKind::kSpecial:
      return {id == spec.unk ? token_type::kUnknown : token_type::kControl, token};
    case TokenKind::kUserDefined:
      return {token_type::kUserDefined, apply_blank_marks(token)};
    case TokenKind::kByte:
      return {token_type::kByte, byte_token(static_cast<uint8_t>(token[0]))};
    case TokenKind::kUnused:
      break;
  }
  return {token_type::kUnused, token};
}

std::vector<int32_t> make_special(std::span<const int32_t> ids, TokenizerSpec* spec) {
  std::vector<int32_t> changed;
  std::vector<bool> is_matched(spec->tokens.size());
  for (const int32_t id : spec->always_matched) is_matched[static_cast<size_t>(id)] = true;
  for (const int32_t id : ids) {
    const auto i = static_cast<size_t>(id);
    if (id < 0 || i >= is_matched.size()) continue;
    const bool is_user_defined = spec->kinds[i] == TokenKind::kUserDefined;
    if (!is_matched[i] && !is_user_defined) continue;
    if (is_user_defined) spec->tokens[i] = apply_blank_marks(spec->tokens[i]);
    spec->kinds[i] = TokenKind::kSpecial;
    is_matched[i] = false;
    changed.push_back(id);
  }
  std::erase_if(spec->always_matched, [&](int32_t id) { return !is_matched[static_cast<size_t>(id)]; });
  return changed;
}

int byte_of_token(std::string_view spelling) {
  if (spelling.size() != 6 || !spelling.starts_with("<0x") || spelling.back() != '>') return -1;
  int byte = 0;
  for (const char c : spelling.substr(3, 2)) {
    const int digit = '0' <= c && c <= '9' ? c - '0' : 'A' <= c && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    byte = byte * 16 + digit;
  }
  return byte;
}

std::string byte_token(uint8_t byte) {
  return fmt::format("<0x{:02X}>", byte);
}

Result<std::pair<std::string_view, std::string_view>> split_merge(std::string_view line, size_t rank,
                                                                  std::string_view what) {
  const size_t blank = line.find(' ');
  if (blank == std::string_view::npos || blank == 0 || blank + 1 == line.size() ||
      line.find(' ', blank + 1) != std::string_view::npos) {
    return fail(ErrorCode::kBadFile, "{}: merge {}: '{}' is not two tokens with a blank between them", what,
                rank, line);
  }
  return std::pair(line.substr(0, blank), line.substr(blank + 1));
}

Result<TokenizerSpec::Merge> resolve_merge(const VocabularyIndex& index, std::string_view left,
                                           std::string_view right, size_t rank, std::string_view what) {
  const std::string product = std::string(left) + std::string(right);
  TokenizerSpec::Merge merge{};
  for (const auto& [spelling, id] : {std::pair<std::string_view, int32_t*>(left, &merge.left),
                                     {right, &merge.right},
                                     {product, &merge.result}}) {
    const auto found = index.find(spelling);
    if (found == index.end()) {
      return fail(ErrorCode::kBadFile, "{}: merge {} ('{}' and '{}'): '{}' is not in the vocabulary", what,
                  rank, left, right, spelling);
    }
    *id = found->second;
  }
  return merge;
}

}  // namespace tern
