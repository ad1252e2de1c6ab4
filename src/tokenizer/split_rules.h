#pragma once
// The hand-written pre-tokenizers and what they share. Each finds where the pre-token at the start of some
// valid UTF-8 ends; it does what its regular expression (pcre_splitter.h) does, in linear time.
#include <memory>
#include <string_view>
#include <vector>

#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/utf8.h"

namespace tern {

/// `digits_at_once`: how many digits are one pre-token at most: 3 in LLaMA 3, 1 in Qwen2.
std::unique_ptr<Splitter> make_llama3_splitter(int digits_at_once);
/// `digits_alone`: each digit is cut off first (SmolLM), so that the pattern sees the text between digits
/// only.
std::unique_ptr<Splitter> make_gpt2_splitter(bool digits_alone);

/// Length of 's 't 're 've 'm 'll 'd at byte `at`, 0 when there is none. With `any_case`, as (?i:) matches:
/// capitals too, and U+017F (long s), which folds to s.
size_t contraction_length(std::string_view text, size_t at, bool any_case);

/// Cuts `text` at bytes that are not UTF-8: a run of those is one piece, and `split_valid(stretch)` splits
/// each stretch between them as if it were a text of its own.
template <typename SplitValid>
void split_around_broken(std::string_view text, std::vector<std::string_view>* pieces,
                         SplitValid split_valid) {
  while (!text.empty()) {
    if (const size_t valid = utf8_valid_prefix(text); valid > 0) {
      split_valid(text.substr(0, valid));
      text.remove_prefix(valid);
    }
    size_t broken = 0;
    while (broken < text.size()) {
      const Utf8Step step = utf8_step(text.substr(broken));
      if (step.state == Utf8State::kValid) break;
      broken += step.length;
    }
    if (broken > 0) pieces->push_back(text.substr(0, broken));
    text.remove_prefix(broken);
  }
}

}  // namespace tern
