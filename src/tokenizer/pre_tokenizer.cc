#include "tokenizer/pre_tokenizer.h"

#include <iterator>

#include "tokenizer/split_rules.h"
#include "tokenizer/tokenizer.h"

namespace tern {
namespace {

constexpr std::string_view kNames[] = {
#define TERN_PRE_TOKENIZER(enumerator, name) name,
#include "tokenizer/pre_tokenizers.inc"
#undef TERN_PRE_TOKENIZER
};

}  // namespace

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

std::string_view pre_tokenizer_name(PreTokenizer pre) {
  return kNames[static_cast<size_t>(pre)];
}

std::vector<std::string> pre_tokenizer_names() {
  return {std::begin(kNames), std::end(kNames)};
}

Result<PreTokenizer> pre_tokenizer_from_gguf(std::string_view name) {
  if (name == "llama3" || name == "llama-v3") return PreTokenizer::kLlama3;  // older spellings
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (name == kNames[i]) return static_cast<PreTokenizer>(i);
  }
  return fail(ErrorCode::kUnsupported, "tokenizer.ggml.pre '{}' is not supported: known are {}", name,
              fmt::join(kNames, ", "));
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
