#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"

namespace tern {

/// Whether every id that the spec names is one of its tokens, so that nobody who reads a spec need look
/// again. kBadFile.
Status check_tokenizer_spec(const TokenizerSpec& spec);

/// Text to ids and back. Immutable after creation, so any number of threads may encode.
class Tokenizer {
 public:
  struct EncodeOptions {
    bool add_bos = true;         ///< BOS in front when the spec says so
    bool add_eos = false;        ///< EOS behind when the spec says so: it ends the text, so no prompt has it
    bool parse_special = false;  ///< "<|eot_id|>" in the text becomes the token; otherwise it stays text
    /// Byte ranges of the text, sorted and disjoint, that somebody untrusted wrote: a special token that
    /// would take in any byte of theirs is not recognised. Everything else is as without them.
    std::span<const std::pair<size_t, size_t>> protected_ranges = {};
  };

  /// kBadFile when the spec is inconsistent: ids out of range, a merge that is not its parts joined or that
  /// makes a special token, two tokens of the same bytes, bytes without a token and no unknown token to stand
  /// for them, scores that are no numbers. kUnsupported for vocabularies made to be slow.
  static Result<std::unique_ptr<Tokenizer>> create(TokenizerSpec spec);
  ~Tokenizer();

  /// Ids equal Hugging Face `tokenizers` / tiktoken / sentencepiece. Any bytes are legal input
  /// (pre_tokenizer.h says where broken UTF-8 is cut) and decode(encode(x)) == x when the vocabulary has
  /// every byte and the text is not normalized. O(n log n) time whatever the text. No special token comes out
  /// of text unless it is parsed, whatever the vocabulary holds.
  std::vector<int32_t> encode(std::string_view text, const EncodeOptions& options) const;
  /// Bytes of one token; special tokens give "" unless `special` is true. Empty for ids out of range.
  std::string_view piece(int32_t id, bool special = false) const;
  /// Concatenated pieces, without the blanks that encode() would not leave in front; broken UTF-8 is kept as
  /// bytes.
  std::string decode(std::span<const int32_t> ids, bool special = false) const;
  /// Whether decode() takes blanks away in front: a vocabulary of characters has one put there, or lets none
  /// stand.
  bool drops_first_blank() const;
  /// piece() of the next token of a text, without a blank that `*drops_blank` says is to go; cleared when no
  /// further one is.
  std::string_view next_piece(int32_t id, bool special, bool* drops_blank) const;
  int32_t vocab_size() const;
  bool is_special(int32_t id) const;
  /// The id whose literal text is `text` (a special or added token), -1 when there is none.
  int32_t find_special(std::string_view text) const;
  const TokenizerSpec& spec() const;

 private:
  Tokenizer();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Turns a stream of tokens into text without ever emitting half a UTF-8 character. Bytes that can no longer
/// become a character come out as U+FFFD.
class StreamDecoder {
 public:
  /// `at_start`: the first token begins a text, as decode() takes it; else it goes on from one before.
  explicit StreamDecoder(const Tokenizer& tokenizer, bool special = false, bool at_start = false);
  /// The text that this token completes; may be empty.
  std::string add(int32_t id);
  /// What is left, as U+FFFD where it is half a character.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  bool special_;
  bool drops_blank_;  ///< nothing has come yet, and no blank is to come first
  std::string pending_;
};

/// Readers of a TokenizerSpec. `what` is the file name for messages. Unknown models, normalizers,
/// pre-tokenizers or decoders are kUnsupported and named. `tokenizer_config` may be null; its add_bos_token,
/// when there, wins over the post-processor.
Result<TokenizerSpec> tokenizer_spec_from_hf_json(const Json& tokenizer_json, const Json& tokenizer_config,
                                                  std::string_view what);
/// LLaMA 3's tiktoken `tokenizer.model`: "base64 rank" lines; the 256 special tokens follow the ranks.
Result<TokenizerSpec> tokenizer_spec_from_tiktoken(std::string_view file, std::string_view what);

/// The tokenizer keys of a GGUF file, as read; this folder does not know the file format.
struct GgufTokenizerFields {
  std::string model;  ///< tokenizer.ggml.model: gpt2, llama (BPE) or t5 (unigram)
  std::string pre;    ///< tokenizer.ggml.pre; gpt2 only
  const std::vector<std::string>* tokens = nullptr;  ///< required
  std::vector<int64_t> token_types;                  ///< empty when the file has none
  /// gpt2: required, and empty when only single bytes are tokens. llama: in place of scores, where there.
  const std::vector<std::string>* merges = nullptr;
  std::vector<double> scores;            ///< required of llama without merges and of t5
  int32_t bos = -1, eos = -1, unk = -1;  ///< -1 when absent
  std::optional<bool> add_bos;  ///< absent: true for LLaMA 3's pre-tokenizer and llama, as llama.cpp does
  std::optional<bool> add_eos;  ///< absent: true for t5
  /// Absent: true for llama and false for t5, as llama.cpp does; false.
  std::optional<bool> add_space_prefix, remove_extra_whitespaces;
  std::vector<int64_t> chars_map;  ///< precompiled_charsmap, a byte each, signed or not
  std::string rules;  ///< tokenizer.tern: JSON of what the keys above cannot say (gguf_vocabulary() wrote it)
};
/// tokenizer.ggml.precompiled_charsmap as bytes; kBadFile for numbers that are none.
Result<std::string> gguf_chars_map(std::span<const int64_t> bytes, std::string_view what);
Result<TokenizerSpec> tokenizer_spec_from_gguf_fields(const GgufTokenizerFields& fields,
                                                      std::string_view what);

/// GPT-2's byte-to-unicode map undone: "Ġhello" -> " hello". Nothing when a character is not in the map.
std::optional<std::string> undo_byte_map(std::string_view mapped);
/// GPT-2's byte-to-unicode map: " hello" -> "Ġhello".
std::string apply_byte_map(std::string_view bytes);
/// The name of a pre-tokenizer in `tokenizer.ggml.pre` and --pre, e.g. "llama-bpe".
std::string_view pre_tokenizer_name(PreTokenizer pre);
/// Every such name of a byte-level one, which --pre may choose.
std::vector<std::string> pre_tokenizer_names();
/// Any of them by its name.
std::optional<PreTokenizer> pre_tokenizer_from_name(std::string_view name);
/// A byte-level one by name, older spellings included; kUnsupported names those known.
Result<PreTokenizer> pre_tokenizer_from_gguf(std::string_view name);

}  // namespace tern
