#pragma once
#include <string>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// Reads a tokenizer.json (with the tokenizer_config.json beside it, if there is one) or a tiktoken
/// tokenizer.model.
Result<TokenizerSpec> read_tokenizer_file(const std::string& path);

}  // namespace tern
