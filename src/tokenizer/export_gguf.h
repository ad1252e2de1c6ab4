#pragma once
// A tokenizer as GGUF files spell it: the other way round of tokenizer_spec_from_gguf_fields().
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// The vocabulary of `tokenizer.ggml.model` "gpt2": tokens in GPT-2's byte map, merges "left right" in rank
/// order.
struct GgufVocabulary {
  std::vector<std::string> tokens, merges;
  std::vector<int32_t> token_types;  ///< one a token: 1 normal, 3 control, 4 user defined, 5 unused
};

/// tokenizer_spec_from_gguf_fields() gives the tokenizer back. Ranks become the merges that they stand for.
/// The vocabulary is filled up to `size` tokens (llama.cpp wants one a row of the embedding) and where ids
/// have no text, with unused tokens "[PAD<id>]", which the reader takes away again. kUnsupported when a GGUF
/// file cannot say it (a blank put before the text; added tokens of which some are matched before others;
/// `ignore_merges`, which follows from the pre-tokenizer there).
Result<GgufVocabulary> gguf_vocabulary(const TokenizerSpec& spec, int64_t size = 0);

}  // namespace tern
