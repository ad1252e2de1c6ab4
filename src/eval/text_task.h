#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/session.h"
#include "eval/windows.h"

namespace tern {

constexpr int64_t kDefaultWindow = 2048;  ///< tokens

/// The tokens of a text and the windows in which a model sees them.
struct TextTask {
  std::string_view text;
  std::vector<int32_t> ids;
  size_t first_of_text = 0;  ///< 1 behind a beginning-of-text token
  int64_t context = 0, stride = 0;
  size_t blank = 0;         ///< 1: the first piece begins with a blank that the tokenizer put there
  bool reversible = false;  ///< the pieces, one after the other, are the text

  Windows windows() const { return {ids.size(), static_cast<size_t>(context), static_cast<size_t>(stride)}; }
  /// What token `i` stands for in the text.
  std::string_view piece(const Tokenizer& tokenizer, size_t i) const {
    if (i < first_of_text) return {};
    return tokenizer.piece(ids[i], true).substr(i == first_of_text ? blank : 0);
  }
};

/// `context` and `stride` as in PerplexityOptions. An end-of-text token is left out, whatever the tokenizer
/// adds. Warns of broken UTF-8, and when the tokens do not give the text back. Errors: kInvalidArgument for a
/// context or stride out of range and a text of less than two tokens.
Result<TextTask> make_text_task(const Engine& engine, const Tokenizer& tokenizer, std::string_view text,
                                int64_t context, int64_t stride);

}  // namespace tern
