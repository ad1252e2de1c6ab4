#pragma once
#include <string>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// Reads a tokenizer.json (with the tokenizer_config.json beside it, if there is one) or a tiktoken
/// tokenizer.model, told apart by their content. Errors: kNotFound, kIo, kBadFile; kUnsupported names what
/// Tern does not do.
Result<TokenizerSpec> read_tokenizer_file(const std::string& path);

}  // namespace tern
