#pragma once
// A tokenizer as GGUF files spell it: the other way round of tokenizer_spec_from_gguf_fields().
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "tokenizer/spec.h"
#include "tokenizer/tokenizer.h"

namespace tern {

/// `tokenizer.ggml.model` and what belongs to it: tokens in GPT-2's byte map (gpt2) or with "▁" for a blank,
/// merges "left right" in rank order.
struct GgufVocabulary {
  std::string model;  ///< gpt2, llama or t5
  std::vector<std::string> tokens, merges;
  std::vector<int32_t> token_types;  ///< one a token, as in vocabulary.h
  std::vector<float> scores;         ///< one a token; of merges: falling with the rank
  std::string rules;                 ///< tokenizer.tern; "" where no such key is needed
};

/// tokenizer_spec_from_gguf_fields() gives the tokenizer back. Ranks become the merges that they stand for.
/// The vocabulary is filled up to `size` tokens (llama.cpp wants one a row of the embedding) and where ids
/// have no text, with unused tokens "[PAD<id>]", which the reader takes away again. kUnsupported when a GGUF
/// file cannot say it (a blank put before the text of a byte-level one; added tokens of which some are
/// matched before others; `ignore_merges`, which follows from the pre-tokenizer there; scores of double
/// precision).
Result<GgufVocabulary> gguf_vocabulary(const TokenizerSpec& spec, int64_t size = 0);
/// The keys of a file with this vocabulary of `spec`, into which they look.
GgufTokenizerFields fields_of(const GgufVocabulary& vocabulary, const TokenizerSpec& spec);

}  // namespace tern
