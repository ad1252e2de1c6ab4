// GPT-2's pre-tokenizer, alternative by alternative:
//   's|'t|'re|'ve|'m|'ll|'d | ?\p{L}+ | ?\p{N}+ | ?[^\s\p{L}\p{N}]+ | \s+(?!\S) | \s+
// and SmolLM's, which cuts off every digit before.
#include "tokenizer/char_class.h"
#include "tokenizer/split_rules.h"

namespace tern {
namespace {

class Gpt2Splitter final : public Splitter {
 public:
  explicit Gpt2Splitter(bool digits_alone) : digits_alone_(digits_alone) {}

  void split(std::string_view text, std::vector<std::string_view>* pieces) const override {
    split_around_broken(text, pieces, [&](std::string_view stretch) {
      for (size_t at = 0; at < stretch.size();) {
        const size_t end = pre_token_end(stretch, at);
        pieces->push_back(stretch.substr(at, end - at));
        at = end;
      }
    });
  }

 private:
  /// With lone digits, a digit is where the pattern's text ends.
  bool is_end(Char c) const {
    return c.cls == CharClass::kEnd || (digits_alone_ && c.cls == CharClass::kNumber);
  }

  size_t pre_token_end(std::string_view text, size_t at) const {
    if (const size_t length = contraction_length(text, at, /*any_case=*/false)) return at + length;
    const Char first = char_at(text, at);
    if (digits_alone_ && first.cls == CharClass::kNumber) return at + first.length;
    const size_t word = text[at] == ' ' ? at + 1 : at;
    const Char start = char_at(text, word);
    if (!is_end(start) && start.cls != CharClass::kSpace) return skip_class(text, word, start.cls);
    return blanks_end(text, at);
  }

  /// All blanks at the end of the text; else all but the last, which the next word takes.
  size_t blanks_end(std::string_view text, size_t at) const {
    size_t end = at, last_blank = at;
    Char c = char_at(text, end);
    for (; c.cls == CharClass::kSpace; c = char_at(text, end)) {
      last_blank = end;
      end += c.length;
    }
    return is_end(c) || last_blank == at ? end : last_blank;
  }

  bool digits_alone_;
};

}  // namespace

std::unique_ptr<Splitter> make_gpt2_splitter(bool digits_alone) {
  return std::make_unique<Gpt2Splitter>(digits_alone);
}

}  // namespace tern
