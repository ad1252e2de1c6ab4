#pragma once
// Cuts a template into tokens, with jinja2's whitespace control (trim_blocks and lstrip_blocks on, as
// transformers sets them).
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern::jinja {

enum class TokenType {
  kData,           ///< text between tags
  kVariableBegin,  ///< {{
  kVariableEnd,
  kBlockBegin,  ///< {%
  kBlockEnd,
  kName,
  kString,  ///< with its quotes and escapes
  kInteger,
  kFloat,
  kOperator,
  kEnd
};

struct Token {
  TokenType type;
  int line;
  std::string_view text;
};

/// As jinja2 reads a source: line ends become \n, and one at the very end is dropped.
std::string normalize_newlines(std::string_view source);

/// Tokens of a normalized source, which they refer to; the last one is kEnd.
Result<std::vector<Token>> tokenize(std::string_view source);

}  // namespace tern::jinja
