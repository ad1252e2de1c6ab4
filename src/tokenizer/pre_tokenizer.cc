#include "tokenizer/pre_tokenizer.h"

#include "tokenizer/split_rules.h"
#include "tokenizer/tokenizer.h"

namespace tern {

Result<std::unique_ptr<Splitter>> make_splitter(PreTokenizer pre) {
  switch (pre) {
    case PreTokenizer::kLlama3:
      return make_llama3_splitter();
    case PreTokenizer::kGpt2:
      return make_gpt2_splitter(/*digits_alone=*/false);
    case PreTokenizer::kSmolLm:
      return make_gpt2_splitter(/*digits_alone=*/true);
  }
  return fail(ErrorCode::kUnsupported, "pre-tokenizer {} is not known", static_cast<int>(pre));
}

Result<PreTokenizer> pre_tokenizer_from_gguf(std::string_view name) {
  if (name == "llama-bpe" || name == "llama3" || name == "llama-v3") return PreTokenizer::kLlama3;
  if (name == "gpt-2") return PreTokenizer::kGpt2;
  if (name == "smollm") return PreTokenizer::kSmolLm;
  return fail(
      ErrorCode::kUnsupported,
      "tokenizer.ggml.pre '{}' is not supported: known are llama-bpe (llama3, llama-v3), gpt-2 and smollm",
      name);
}

size_t contraction_length(std::string_view text, size_t at, bool any_case) {
  if (text[at] != '\'') return 0;
  const auto letter = [&](size_t i) {
    const char c = i < text.size() ? text[i] : '\0';
    return any_case && 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const char first = letter(at + 1), second = letter(at + 2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' || first == 'v') && second == 'e') return 3;
  if (first == 'l' && second == 'l') return 3;
  constexpr std::string_view kLongS = "\xC5\xBF";
  return any_case && text.substr(at + 1, kLongS.size()) == kLongS ? 1 + kLongS.size() : 0;
}

}  // namespace tern
