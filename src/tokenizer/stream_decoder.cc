#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool special, bool at_start)
    : tokenizer_(tokenizer), special_(special), drops_blank_(at_start && tokenizer.drops_first_blank()) {}

std::string StreamDecoder::add(int32_t id) {
  pending_ += tokenizer_.next_piece(id, special_, &drops_blank_);
  std::string text;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const size_t valid = utf8_valid_prefix(rest);
    text += rest.substr(0, valid);
    rest.remove_prefix(valid);
    if (rest.empty()) break;
    const Utf8Step step = utf8_step(rest);
    if (step.state == Utf8State::kIncomplete) break;
    text += kReplacement;
    rest.remove_prefix(step.length);
  }
  pending_.erase(0, pending_.size() - rest.size());
  return text;
}

std::string StreamDecoder::finish() {
  // What add() leaves is one incomplete character at most.
  std::string text(pending_.empty() ? std::string_view() : kReplacement);
  pending_.clear();
  return text;
}

}  // namespace tern
