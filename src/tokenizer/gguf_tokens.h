#pragma once
// What the reader and the writer of GGUF vocabularies agree on. Internal to src/tokenizer.
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "tokenizer/spec.h"

namespace tern::gguf_tokens {

/// tokenizer.ggml.token_type
enum TokenType : int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5 };

/// Whether whole pre-tokens win over merges is no key of its own.
inline bool ignores_merges(PreTokenizer pre) {
  return pre == PreTokenizer::kLlama3;
}

/// The text of an unused token that only keeps a place, as llama.cpp's converter spells it.
inline std::string filler(int64_t id) {
  return fmt::format("[PAD{}]", id);
}

}  // namespace tern::gguf_tokens
