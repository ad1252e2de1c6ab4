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

/// Byte-level BPE. Immutable after creation, so any number of threads may encode.
class Tokenizer {
 public:
  struct EncodeOptions {
    bool add_special = true;     ///< BOS when the spec says so
    bool parse_special = false;  ///< "<|eot_id|>" in the text becomes the token; otherwise it stays text
    /// Byte ranges of the text, sorted and disjoint, that somebody untrusted wrote: a special token that
    /// would take in any byte of theirs is not recognised. Everything else is as without them.
    std::span<const std::pair<size_t, size_t>> protected_ranges = {};
  };

  /// kBadFile when the spec is inconsistent: ids out of range, a merge that is not its parts joined or that
  /// makes a special token, two tokens of the same bytes, bytes without a token and no unknown token to stand
  /// for them.
  static Result<std::unique_ptr<Tokenizer>> create(TokenizerSpec spec);
  ~Tokenizer();

  /// Ids equal Hugging Face `tokenizers` / tiktoken. Any bytes are legal input (pre_tokenizer.h says where
  /// broken UTF-8 is cut) and decode(encode(x)) == x when the vocabulary has every byte. O(n log n) time
  /// whatever the text.
  std::vector<int32_t> encode(std::string_view text, const EncodeOptions& options) const;
  /// Bytes of one token; special tokens give "" unless `special` is true. Empty for ids out of range.
  std::string_view piece(int32_t id, bool special = false) const;
  /// Concatenated pieces; broken UTF-8 is kept as bytes.
  std::string decode(std::span<const int32_t> ids, bool special = false) const;
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
  explicit StreamDecoder(const Tokenizer& tokenizer, bool special = false);
  /// The text that this token completes; may be empty.
  std::string add(int32_t id);
  /// What is left, as U+FFFD where it is half a character.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  bool special_;
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
  std::string model;                                 ///< tokenizer.ggml.model
  std::string pre;                                   ///< tokenizer.ggml.pre
  const std::vector<std::string>* tokens = nullptr;  ///< required
  std::vector<int64_t> token_types;                  ///< empty when the file has none
  const std::vector<std::string>* merges =
      nullptr;                           ///< required, and empty when only single bytes are tokens
  int32_t bos = -1, eos = -1, unk = -1;  ///< -1 when absent
  std::optional<bool> add_bos;           ///< absent: true for LLaMA 3's pre-tokenizer, as llama.cpp does
};
Result<TokenizerSpec> tokenizer_spec_from_gguf_fields(const GgufTokenizerFields& fields,
                                                      std::string_view what);

/// GPT-2's byte-to-unicode map undone: "Ġhello" -> " hello". Nothing when a character is not in the map.
std::optional<std::string> undo_byte_map(std::string_view mapped);
/// GPT-2's byte-to-unicode map: " hello" -> "Ġhello".
std::string apply_byte_map(std::string_view bytes);
/// The name of a pre-tokenizer in `tokenizer.ggml.pre` and --pre, e.g. "llama-bpe".
std::string_view pre_tokenizer_name(PreTokenizer pre);
/// Every such name.
std::vector<std::string> pre_tokenizer_names();
/// By name, older spellings included; kUnsupported names those known.
Result<PreTokenizer> pre_tokenizer_from_gguf(std::string_view name);

}  // namespace tern
