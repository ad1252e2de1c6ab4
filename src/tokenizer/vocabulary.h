#pragma once
// What the readers of a TokenizerSpec share: bounds, the byte-mapped vocabulary and its merges.
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// No known vocabulary has a quarter of this; it bounds what a hostile file makes us allocate.
constexpr int64_t kMaxVocabulary = int64_t{1} << 20;

/// Tokens as the file spells them -> id. The spellings must outlive the index.
using VocabularyIndex = std::unordered_map<std::string_view, int32_t>;

/// Types of tokens in sentencepiece's files and in GGUF's tokenizer.ggml.token_type.
namespace token_type {
enum TokenType : int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};
}  // namespace token_type

/// Sets token `id` from its byte-mapped spelling. A spelling outside the map can never come out of BPE, so
/// that token keeps its letters and is kUnused.
void set_mapped_token(TokenizerSpec* spec, int32_t id, std::string_view mapped);

/// Sets token `id` of a vocabulary of characters, in which "▁" stands for a blank: one with a blank of its
/// own can never come out of text. With `byte_fallback` "<0x0A>" is the token of that byte.
void set_marked_token(TokenizerSpec* spec, int32_t id, std::string_view marked, bool byte_fallback);

/// Sets token `id` as sentencepiece files and GGUF files of such models type it (1 normal .. 6 byte). Normal
/// and user defined ones with a blank of their own are kUnused, as for set_marked_token(). kBadFile for
/// another type, or a byte that is none.
Status set_sentencepiece_token(TokenizerSpec* spec, int32_t id, int64_t type, std::string_view marked,
                               std::string_view what);
/// The other way round: type and spelling of a token.
std::pair<int32_t, std::string> sentencepiece_token(const TokenizerSpec& spec, int32_t id);

/// Makes special tokens of those among `ids` that every text gives by their own text (user defined and always
/// matched ones), so that the text of a user gives them no longer. Others, and ids of no token, stay as they
/// are. Those that it changed.
std::vector<int32_t> make_special(std::span<const int32_t> ids, TokenizerSpec* spec);

/// "<0x0A>" -> 10; -1 for anything else.
int byte_of_token(std::string_view spelling);
/// 10 -> "<0x0A>".
std::string byte_token(uint8_t byte);

/// "left right" -> its two parts; kBadFile unless there is exactly one blank between two parts.
Result<std::pair<std::string_view, std::string_view>> split_merge(std::string_view line, size_t rank,
                                                                  std::string_view what);

/// The merge of two tokens by their spellings; kBadFile when one of them or their product is not in the
/// vocabulary.
Result<TokenizerSpec::Merge> resolve_merge(const VocabularyIndex& index, std::string_view left,
                                           std::string_view right, size_t rank, std::string_view what);

}  // namespace tern
