// LLaMA 3's pre-tokenizer, alternative by alternative:
//   (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* |
//   \s*[\r\n]+ | \s+(?!\S) | \s+
// Qwen2's has \p{N} in place of \p{N}{1,3}.
#include "tokenizer/char_class.h"
#include "tokenizer/split_rules.h"

namespace tern {
namespace {

bool is_newline(char c) {
  return c == '\r' || c == '\n';
}

/// End of the run of blanks at `at`, by the last three alternatives: up to the last newline of the run; else
/// all of it at the end of the text; else all but the last blank, which the next word takes.
size_t blanks_end(std::string_view text, size_t at) {
  size_t end = at, last_blank = at, after_newline = at;
  for (Char c = char_at(text, end); c.cls == CharClass::kSpace; c = char_at(text, end)) {
    last_blank = end;
    end += c.length;
    if (is_newline(text[last_blank])) after_newline = end;
  }
  if (after_newline > at) return after_newline;
  return end == text.size() || last_blank == at ? end : last_blank;
}

size_t numbers_end(std::string_view text, size_t at, int digits_at_once) {
  for (int i = 0; i < digits_at_once; ++i) {
    const Char c = char_at(text, at);
    if (c.cls != CharClass::kNumber) break;
    at += c.length;
  }
  return at;
}

size_t pre_token_end(std::string_view text, size_t at, int digits_at_once) {
  if (const size_t length = contraction_length(text, at, /*any_case=*/true)) return at + length;
  const Char first = char_at(text, at);
  if (first.cls == CharClass::kLetter) return skip_class(text, at, CharClass::kLetter);
  if (first.cls == CharClass::kNumber) return numbers_end(text, at, digits_at_once);
  if (!is_newline(text[at]) && char_at(text, at + first.length).cls == CharClass::kLetter) {
    return skip_class(text, at + first.length, CharClass::kLetter);
  }
  const size_t symbols = text[at] == ' ' ? at + 1 : at;
  if (char_at(text, symbols).cls == CharClass::kOther) {
    size_t end = skip_class(text, symbols, CharClass::kOther);
    while (end < text.size() && is_newline(text[end])) ++end;
    return end;
  }
  return blanks_end(text, at);
}

class Llama3Splitter final : public Splitter {
 public:
  explicit Llama3Splitter(int digits_at_once) : digits_at_once_(digits_at_once) {}

  void split(std::string_view text, std::vector<std::string_view>* pieces) const override {
    split_around_broken(text, pieces, [&](std::string_view stretch) {
      for (size_t at = 0; at < stretch.size();) {
        const size_t end = pre_token_end(stretch, at, digits_at_once_);
        pieces->push_back(stretch.substr(at, end - at));
        at = end;
      }
    });
  }

 private:
  int digits_at_once_;
};

}  // namespace

std::unique_ptr<Splitter> make_llama3_splitter(int digits_at_once) {
  return std::make_unique<Llama3Splitter>(digits_at_once);
}

}  // namespace tern
