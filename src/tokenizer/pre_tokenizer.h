#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tokenizer/spec.h"

namespace tern {

/// Splits text into pre-tokens that cover it without gaps (views into `text`).
class Splitter {
 public:
  virtual ~Splitter() = default;
  virtual void split(std::string_view text, std::vector<std::string_view>* pieces) const = 0;
};

/// Hand-written, linear in time, with the Unicode classes of Hugging Face `tokenizers`
/// on every machine. Each run of bytes that are not UTF-8 is a pre-token of its own, and the text on either
/// side of it is split as if it stood alone.
Result<std::unique_ptr<Splitter>> make_splitter(PreTokenizer pre);

}  // namespace tern
