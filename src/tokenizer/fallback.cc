#include "tokenizer/fallback.h"

#include <algorithm>

namespace tern {

Result<Fallback> Fallback::create(const TokenizerSpec& spec) {
  Fallback fallback;
  fallback.unk_ = spec.unk;
  fallback.byte_ids_.fill(-1);
  size_t bytes = 0;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (spec.kinds[id] != TokenKind::kByte) continue;
    const std::string& token = spec.tokens[id];
    if (token.size() != 1) {
      return fail(ErrorCode::kBadFile, "token {} stands for a byte, but has {}", id, token.size());
    }
    int32_t& byte_id = fallback.byte_ids_[static_cast<uint8_t>(token[0])];
    if (byte_id >= 0) return fail(ErrorCode::kBadFile, "tokens {} and {} are the same byte", byte_id, id);
    byte_id = static_cast<int32_t>(id);
    ++bytes;
  }
  if (bytes != 0 && bytes != fallback.byte_ids_.size()) {
    return fail(ErrorCode::kBadFile,
                "the vocabulary has {} of the 256 byte tokens: all or none must be there", bytes);
  }
  if (bytes == 0 && spec.unk < 0) {
    return fail(ErrorCode::kBadFile,
                "the vocabulary has neither byte tokens nor an unknown token for characters that it lacks");
  }
  fallback.fuses_ = spec.fuse_unk && bytes == 0;
  return fallback;
}

bool has_byte_tokens(const TokenizerSpec& spec) {
  return std::find(spec.kinds.begin(), spec.kinds.end(), TokenKind::kByte) != spec.kinds.end();
}

std::vector<bool> tokens_of_text(const TokenizerSpec& spec) {
  std::vector<bool> comes_up(spec.tokens.size());
  for (size_t id = 0; id < comes_up.size(); ++id) {
    comes_up[id] = spec.kinds[id] == TokenKind::kNormal && !spec.tokens[id].empty();
  }
  for (const int32_t id : spec.always_matched) comes_up[static_cast<size_t>(id)] = false;
  return comes_up;
}

size_t Fallback::write(std::string_view character, int32_t* ids) const {
  if (!has_bytes()) {
    *ids = unk_;
    return 1;
  }
  for (const char byte : character) *ids++ = byte_ids_[static_cast<uint8_t>(byte)];
  return character.size();
}

void Fallback::fuse(size_t from, std::vector<int32_t>* ids) const {
  if (!fuses_) return;
  const auto is_second = [&](int32_t a, int32_t b) { return a == unk_ && b == unk_; };
  ids->erase(std::unique(ids->begin() + static_cast<std::ptrdiff_t>(from), ids->end(), is_second),
             ids->end());
}

}  // namespace tern
