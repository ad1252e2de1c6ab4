#pragma once
// Byte-pair encoding learnt from text (Sennrich, Haddow and Birch, 2016), over bytes.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/word_counter.h"
#include "tokenizer/spec.h"

namespace tern {

struct BpeOptions {
  int64_t vocab = 0;  ///< tokens in all: 256 bytes, merges, special tokens
  /// Behind the others, as in LLaMA 3, whose five come first: begin and end of text, start and end of header,
  /// end of turn. These are more.
  std::vector<std::string> special;
  uint64_t min_count = 2;  ///< pairs that stand in the text less often are not joined
  PreTokenizer pre = PreTokenizer::kLlama3;
};

/// Called now and then with the merges so far and their number in the end.
using BpeProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Learns a tokenizer from counted pre-tokens. Each step joins the pair that is most frequent, and of those
/// the one whose left token has the lowest id, then whose right one has: Hugging Face's BpeTrainer gives the
/// same merges in the same order, but where two pairs make the same token (there a merge may come up twice).
/// Ids: the bytes in the order of GPT-2's map, the merges, the special tokens. Fewer tokens than asked for
/// when the text has no more pairs. bos is <|begin_of_text|>, eos <|eot_id|>. kInvalidArgument for a
/// vocabulary too small or above 1,048,576, and for a special token that is empty, given twice or no UTF-8;
/// kInterrupted.
Result<TokenizerSpec> train_bpe(const std::vector<WordCount>& words, const BpeOptions& options,
                                const BpeProgress& progress);

}  // namespace tern
