#include "tokenizer/jinja/string_literal.h"

#include <charconv>

#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

/// A code point written in `digits`, all of which must be there.
Status append_code(std::string_view digits, size_t expected, int base, std::string* out) {
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  if (digits.size() != expected || error != std::errc() || end != digits.data() + digits.size()) {
    return fail(ErrorCode::kBadFile, "a string holds a broken escape");
  }
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    return fail(ErrorCode::kBadFile, "a string holds an escape that is no character");
  }
  append_utf8(code, out);
  return {};
}

}  // namespace

Result<std::string> unquote(std::string_view quoted) {
  const std::string_view body = quoted.substr(1, quoted.size() - 2);
  constexpr std::string_view kShorthands = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";
  std::string out;
  for (size_t at = 0; at < body.size(); ++at) {
    if (body[at] != '\\') {
      out += body[at];
      continue;
    }
    const char c = body[++at];
    size_t shorthand = 0;
    while (shorthand < kShorthands.size() && kShorthands[shorthand] != c) shorthand += 2;
    if (shorthand < kShorthands.size()) {
      out += kShorthands[shorthand + 1];
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const size_t length = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      TERN_TRY(append_code(body.substr(at + 1, length), length, 16, &out));
      at += length;
    } else if (c >= '0' && c <= '7') {
      size_t length = 1;
      while (length < 3 && at + length < body.size() && body[at + length] >= '0' && body[at + length] <= '7')
        ++length;
      TERN_TRY(append_code(body.substr(at, length), length, 8, &out));
      at += length - 1;
    } else if (c == 'N') {
      return fail(ErrorCode::kUnsupported, "characters by name (\\N) are not supported");
    } else if (c != '\n') {
      out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace tern::jinja
