#pragma once
// A tokenizer as the files of Hugging Face spell it: the other way round of tokenizer_spec_from_hf_json().
#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "tokenizer/spec.h"

namespace tern {

/// tokenizer.json: Hugging Face `tokenizers` gives equal ids with it, and our reader an equal spec, but that
/// ids which no text gives may lose their spelling. Ranks become the merges that they stand for. kUnsupported
/// when the format cannot say it (a blank before the text with another pre-tokenizer than GPT-2's).
Result<Json> tokenizer_json(const TokenizerSpec& spec);
/// tokenizer_config.json. `eos` (ModelConfig::eos) names the end token where the tokenizer has none of its
/// own. An empty `chat_template` writes none. bos, eos and unk are written where they are added tokens:
/// transformers would make others into added ones, and cut texts at them.
Json tokenizer_config_json(const TokenizerSpec& spec, const std::string& chat_template,
                           std::span<const int32_t> eos);

}  // namespace tern
