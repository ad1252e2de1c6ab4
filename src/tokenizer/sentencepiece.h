#pragma once
// sentencepiece's `tokenizer.model`: a protobuf of pieces, scores and rules.
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"

namespace tern {

/// Reads one of type BPE or unigram. kBadFile when the file is cut off or a field is out of range;
/// kUnsupported for other types and for rules that no language model uses (blanks behind words or unescaped).
/// A blank in front goes before each stretch between special tokens, as transformers' older LlamaTokenizer
/// has it; add_bos is true where there is a bos.
Result<TokenizerSpec> tokenizer_spec_from_sentencepiece(std::string_view file, std::string_view what);
/// Whether the bytes may be such a file: they begin with a piece, as no text does.
bool looks_like_sentencepiece(std::string_view file);

/// tokenizer_config.json and added_tokens.json beside the file (null: not there): bos, eos and unk by name,
/// add_bos_token, add_eos_token, tokens behind the vocabulary, which tokens are special, add_prefix_space and
/// `legacy`. kUnsupported for what else would change ids: tokens that transformers would make, sampling.
Status apply_sentencepiece_config(const Json& config, const Json& added, std::string_view what,
                                  TokenizerSpec* spec);

/// The other way round. kUnsupported when such a file cannot say it: listed merges, words cut before they are
/// looked up, added tokens that are matched before the text is normalized.
Result<std::string> sentencepiece_model(const TokenizerSpec& spec);
/// Whether sentencepiece_model() is the format of this tokenizer, not tokenizer.json.
bool is_sentencepiece(const TokenizerSpec& spec);

}  // namespace tern
