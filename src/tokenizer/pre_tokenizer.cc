#include "tokenizer/pre_tokenizer.h"

#include <algorithm>
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
constexpr auto kByteLevelCount = static_cast<size_t>(PreTokenizer::kNone);

class WholeSplitter final : public Splitter {
 public:
  void split(std::string_view text, std::vector<std::string_view>* pieces) const override {
    if (!text.empty()) pieces->push_back(text);
  }
};

/// Before each blank.
class BlankSplitter final : public Splitter {
 public:
  void split(std::string_view text, std::vector<std::string_view>* pieces) const override {
    while (!text.empty()) {
      const size_t end = std::min(text.find(' ', 1), text.size());
      pieces->push_back(text.substr(0, end));
      text.remove_prefix(end);
    }
  }
};

}  // namespace

Result<std::unique_ptr<Splitter>> make_splitter(PreTokenizer pre) {
  switch (pre) {
    case PreTokenizer::kLlama3:
      return make_llama3_splitter(/*digits_at_once=*/3);
    case PreTokenizer::kQwen2:
      return make_llama3_splitter(/*digits_at_once=*/1);
    case PreTokenizer::kGpt2:
      return make_gpt2_splitter(/*digits_alone=*/false);
    case PreTokenizer::kSmolLm:
      return make_gpt2_splitter(/*digits_alone=*/true);
    case PreTokenizer::kNone:
      return std::make_unique<WholeSplitter>();
    case PreTokenizer::kMetaspace:
      return std::make_unique<BlankSplitter>();
  }
  return fail(ErrorCode::kUnsupported, "pre-tokenizer {} is not known", static_cast<int>(pre));
}

std::string_view pre_tokenizer_name(PreTokenizer pre) {
  return kNames[static_cast<size_t>(pre)];
}

std::vector<std::string> pre_tokenizer_names() {
  return {std::begin(kNames), std::begin(kNames) + kByteLevelCount};
}

std::optional<PreTokenizer> pre_tokenizer_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (name == kNames[i]) return static_cast<PreTokenizer>(i);
  }
  return std::nullopt;
}

Result<PreTokenizer> pre_tokenizer_from_gguf(std::string_view name) {
  // Older spellings, and vocabularies that are cut in the same way.
  if (name == "llama3" || name == "llama-v3" || name == "falcon3") return PreTokenizer::kLlama3;
  const auto found = pre_tokenizer_from_name(name);
  if (found && static_cast<size_t>(*found) < kByteLevelCount) return *found;
  return fail(ErrorCode::kUnsupported, "tokenizer.ggml.pre '{}' is not supported: known are {}", name,
              fmt::join(pre_tokenizer_names(), ", "));
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
