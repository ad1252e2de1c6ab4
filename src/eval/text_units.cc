#include "eval/text_units.h"

#include "base/check.h"
#include "tokenizer/char_class.h"
#include "tokenizer/utf8.h"

namespace tern {

TextUnits TextWalk::take(size_t bytes) {
  TERN_CHECK(bytes <= text_.size() - taken_);
  taken_ += bytes;
  TextUnits units{.bytes = bytes};
  while (next_char_ < taken_) {
    const Utf8Step step = utf8_step(text_.substr(next_char_));
    const bool space = step.state == Utf8State::kValid && char_class(step.code) == CharClass::kSpace;
    if (!space && !in_word_) ++units.words;
    in_word_ = !space;
    next_char_ += step.length;
  }
  return units;
}

}  // namespace tern
