#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// Bound of a tokenizer's file, twice the largest in use: in memory it is up to 30 times as large.
constexpr uint64_t kMaxTokenizerFile = uint64_t{64} << 20;

/// Reads a tokenizer.json (with tokenizer_config.json, special_tokens_map.json and added_tokens.json beside
/// it, as far as they are there) or a tokenizer.model, of sentencepiece (with the first and the last of
/// these) or of tiktoken, told apart by their content. Errors: kNotFound, kIo, kBadFile; kUnsupported names
/// what Tern does not do.
Result<TokenizerSpec> read_tokenizer_file(const std::string& path);

}  // namespace tern
