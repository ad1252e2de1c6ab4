#pragma once
// Everything a tokenizer needs, plain data; models fill it from tokenizer.json, GGUF metadata or tiktoken
// files.
#include <cstdint>
#include <string>
#include <vector>

namespace tern {

/// How text is cut before BPE; one line each in tokenizer/pre_tokenizers.inc.
enum class PreTokenizer {
#define TERN_PRE_TOKENIZER(enumerator, name) enumerator,
#include "tokenizer/pre_tokenizers.inc"
#undef TERN_PRE_TOKENIZER
};

enum class TokenKind : uint8_t { kNormal, kSpecial, kUnused };

struct TokenizerSpec {
  /// id -> bytes (already undone from GPT-2's byte-to-unicode map for normal tokens; literal UTF-8 for
  /// special ones).
  std::vector<std::string> tokens;
  std::vector<TokenKind> kinds;
  /// Merges in rank order as pairs of ids and their product. tiktoken has none: the rank of a pair is the id
  /// of its concatenation, and `merges_by_rank` is true.
  struct Merge {
    int32_t left, right, result;
  };
  std::vector<Merge> merges;
  bool merges_by_rank = false;
  bool ignore_merges = false;  ///< a whole pre-token that is in the vocabulary is emitted as it is
  PreTokenizer pre = PreTokenizer::kLlama3;
  bool add_prefix_space = false;
  bool add_bos = false;  ///< encode() with add_special puts bos first
  int32_t bos = -1, eos = -1;
  /// Stands for bytes that the vocabulary lacks (SmolLM2 lacks 21 of them); -1 only when it has all 256.
  int32_t unk = -1;
  /// Added tokens that are matched in text even when special parsing is off (`special: false` in
  /// tokenizer.json).
  std::vector<int32_t> always_matched;
  /// Added tokens (of either kind) that are looked for only in what the other ones leave (`normalized: true`
  /// in tokenizer.json).
  std::vector<int32_t> matched_late;
  /// What a user should know of the files that this was read from.
  std::vector<std::string> warnings;
};

}  // namespace tern
