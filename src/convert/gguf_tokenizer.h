#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "io/gguf.h"
#include "tokenizer/spec.h"

namespace tern {

/// Every `tokenizer.*` key that llama.cpp and its relatives need. `eos` is the model's list of end tokens
/// (ModelConfig::eos): the first that is not the tokenizer's own eos becomes `eot`, the next `eom`; all of
/// them are in `tern.eos_token_ids` (add_gguf_config). `vocab` is the number of embedding rows: the
/// vocabulary is filled up to it. An empty `chat_template` writes none. kUnsupported as gguf_vocabulary().
Status add_gguf_tokenizer(GgufWriter& writer, const TokenizerSpec& spec, const std::string& chat_template,
                          std::span<const int32_t> eos, int64_t vocab);

}  // namespace tern
