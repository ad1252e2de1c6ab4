#pragma once
// What the reader and the writer of GGUF vocabularies agree on. Internal to src/tokenizer.
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern::gguf_tokens {

/// Whether whole pre-tokens win over merges is no key of its own.
inline bool ignores_merges(PreTokenizer pre) {
  return pre == PreTokenizer::kLlama3;
}

/// What `tokenizer.ggml.model` calls it.
inline const char* model_name(TokenizerModel model) {
  return model == TokenizerModel::kByteBpe ? "gpt2" : model == TokenizerModel::kBpe ? "llama" : "t5";
}

/// The form of text that a byte-level pre-tokenizer comes with: Qwen2's files say NFC, GGUF has no key for
/// it.
inline UnicodeForm form_of(PreTokenizer pre) {
  return pre == PreTokenizer::kQwen2 ? UnicodeForm::kNfc : UnicodeForm::kNone;
}

/// What holds of a vocabulary of characters where `tokenizer.tern` says nothing else: sentencepiece's rules.
/// `spec` has its model and add_prefix_space.
void set_default_rules(TokenizerSpec* spec);
/// `tokenizer.tern`: what the other keys cannot say, as JSON (docs/formats.md); "" when they say all.
std::string rules_of(const TokenizerSpec& spec);
/// Takes them back. kBadFile for JSON that is none of ours, kUnsupported for rules that are not known.
Status apply_rules(std::string_view rules, std::string_view what, TokenizerSpec* spec);

/// The text of an unused token that only keeps a place, as llama.cpp's converter spells it.
inline std::string filler(int64_t id) {
  return fmt::format("[PAD{}]", id);
}

}  // namespace tern::gguf_tokens
