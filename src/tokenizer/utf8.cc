#include "tokenizer/utf8.h"

#include <cstring>

#include "base/check.h"

namespace tern {
namespace {

/// What a lead byte asks for: the length of its character and the range of the second byte, which is where
/// overlong forms, surrogates and too large code points show.
struct Lead {
  uint8_t length, second_min, second_max;
};

Lead read_lead(uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

Utf8Step utf8_step(std::string_view text) {
  TERN_CHECK(!text.empty());
  const auto first = static_cast<uint8_t>(text[0]);
  const Lead lead = read_lead(first);
  if (lead.length == 0) return {Utf8State::kInvalid, 1, 0};
  if (lead.length == 1) return {Utf8State::kValid, 1, first};
  uint32_t code = first & (0x7Fu >> lead.length);
  for (uint8_t i = 1; i < lead.length; ++i) {
    if (i == text.size()) return {Utf8State::kIncomplete, i, 0};
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool fits = i == 1 ? lead.second_min <= byte && byte <= lead.second_max : (byte & 0xC0) == 0x80;
    if (!fits) return {Utf8State::kInvalid, i, 0};
    code = code << 6 | (byte & 0x3Fu);
  }
  return {Utf8State::kValid, lead.length, code};
}

size_t utf8_valid_prefix(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  size_t at = 0;
  while (at < text.size()) {
    uint64_t word;
    if (at + sizeof(word) <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof(word));
      if ((word & kHighBits) == 0) {
        at += sizeof(word);
        continue;
      }
    }
    const Utf8Step step = utf8_step(text.substr(at));
    if (step.state != Utf8State::kValid) break;
    at += step.length;
  }
  return at;
}

void append_utf8(uint32_t code, std::string* text) {
  if (code < 0x80) {
    *text += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  *text += static_cast<char>(kLead[more] | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) *text += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

}  // namespace tern
