#pragma once
// Everything a tokenizer needs, plain data; models fill it from tokenizer.json, GGUF metadata or tiktoken
// files.
#include <cstdint>
#include <string>
#include <vector>

#include "tokenizer/unicode_form.h"

namespace tern {

/// What makes ids of a pre-token.
enum class TokenizerModel : uint8_t {
  kByteBpe,  ///< BPE over bytes: GPT-2, LLaMA 3, Qwen2
  kBpe,      ///< BPE over characters: LLaMA 2, MiniCPM, Gemma
  kUnigram,  ///< the likeliest tokens: T5, XLM-R
};

/// How text is cut before BPE; one line each in tokenizer/pre_tokenizers.inc.
enum class PreTokenizer {
#define TERN_PRE_TOKENIZER(enumerator, name) enumerator,
#include "tokenizer/pre_tokenizers.inc"
#undef TERN_PRE_TOKENIZER
};

enum class TokenKind : uint8_t {
  kNormal,
  kSpecial,
  kUnused,
  kByte,        ///< stands for its one byte where no other token has the character; not in kByteBpe
  kUserDefined  ///< sentencepiece's: taken whole wherever it stands in the text; not in kByteBpe
};

struct TokenizerSpec {
  TokenizerModel model = TokenizerModel::kByteBpe;
  /// id -> bytes (already undone from GPT-2's byte-to-unicode map, or from "▁" for a blank, for normal
  /// tokens; literal UTF-8 for special ones and those that are not used).
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
  /// One a token. kUnigram: log probabilities. kBpe, in place of merges: two tokens join to one of the
  /// vocabulary, the one of the highest score first, as sentencepiece does.
  std::vector<double> scores;
  bool float_sums = false;  ///< kUnigram: sums of scores are rounded to float32, as sentencepiece does
  bool fuse_unk = false;    ///< unknown tokens that follow each other in a pre-token are one
  PreTokenizer pre = PreTokenizer::kLlama3;
  UnicodeForm form = UnicodeForm::kNone;  ///< of the text, before anything else
  std::string chars_map;                  ///< sentencepiece's precompiled_charsmap; empty: none
  bool remove_extra_blanks = false;       ///< none at either end of the text, one where several are
  bool add_prefix_space = false;          ///< a blank in front of the text, and after added tokens
  bool prefix_before_blank = false;       ///< also where one is there already
  bool prefix_once = false;               ///< not after added tokens
  bool add_bos = false;                   ///< encode() puts bos first when asked to
  bool add_eos = false;                   ///< encode() puts eos last when asked to
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
