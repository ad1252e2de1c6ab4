#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// What stands for characters that a vocabulary of characters lacks: the tokens of their bytes where it has
/// those, else its unknown token.
class Fallback {
 public:
  Fallback() = default;
  /// kBadFile when the vocabulary has neither, or some bytes only, or a byte twice.
  static Result<Fallback> create(const TokenizerSpec& spec);

  /// Writes the ids of one character (or of a sequence that is none), at most one a byte; their number.
  size_t write(std::string_view character, int32_t* ids) const;
  /// Makes one of unknown tokens that follow each other, from ids[from] on, if the vocabulary asks for it.
  void fuse(size_t from, std::vector<int32_t>* ids) const;

 private:
  bool has_bytes() const { return byte_ids_[0] >= 0; }

  std::array<int32_t, 256> byte_ids_{};
  int32_t unk_ = -1;
  bool fuses_ = false;
};

/// Whether the vocabulary has tokens of bytes.
bool has_byte_tokens(const TokenizerSpec& spec);

/// Whether text can give the token `id` by itself: normal ones but for added tokens, which are found before.
std::vector<bool> tokens_of_text(const TokenizerSpec& spec);

}  // namespace tern
