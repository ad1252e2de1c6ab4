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

/// The general path: PCRE2 with Unicode properties, JIT when the machine allows it.
Result<std::unique_ptr<Splitter>> make_pcre_splitter(PreTokenizer pre);
/// The path in use: the hand-written LLaMA 3 splitter, PCRE2 for the others.
Result<std::unique_ptr<Splitter>> make_splitter(PreTokenizer pre);

}  // namespace tern
