// GPT-2's map between bytes and printable characters, in which byte-level vocabularies are written: 188 bytes
// stand for themselves as code points, the other 68 (blanks, controls, a few more) follow from U+0100 on in
// byte order.
#include <array>
#include <cstdint>

#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"

namespace tern {
namespace {

constexpr uint32_t kFirstSubstitute = 256;
constexpr size_t kMappedCodes = kFirstSubstitute + 68;

constexpr bool stands_for_itself(int byte) {
  return ('!' <= byte && byte <= '~') || (0xA1 <= byte && byte <= 0xAC) || 0xAE <= byte;
}

/// Code point -> byte, -1 for those that the map has not.
constexpr std::array<int16_t, kMappedCodes> make_bytes() {
  std::array<int16_t, kMappedCodes> bytes{};
  for (int16_t& byte : bytes) byte = -1;
  uint32_t next = kFirstSubstitute;
  for (int16_t byte = 0; byte < 256; ++byte) bytes[stands_for_itself(byte) ? byte : next++] = byte;
  return bytes;
}
constexpr std::array<int16_t, kMappedCodes> kBytes = make_bytes();

/// Byte -> code point.
constexpr std::array<uint16_t, 256> make_codes() {
  std::array<uint16_t, 256> codes{};
  for (uint16_t code = 0; code < kMappedCodes; ++code) {
    if (kBytes[code] >= 0) codes[static_cast<size_t>(kBytes[code])] = code;
  }
  return codes;
}
constexpr std::array<uint16_t, 256> kCodes = make_codes();

}  // namespace

std::optional<std::string> undo_byte_map(std::string_view mapped) {
  std::string bytes;
  bytes.reserve(mapped.size());
  while (!mapped.empty()) {
    const Utf8Step step = utf8_step(mapped);
    if (step.state != Utf8State::kValid || step.code >= kMappedCodes || kBytes[step.code] < 0)
      return std::nullopt;
    bytes += static_cast<char>(kBytes[step.code]);
    mapped.remove_prefix(step.length);
  }
  return bytes;
}

std::string apply_byte_map(std::string_view bytes) {
  std::string mapped;
  for (const char byte : bytes) {
    const uint16_t code = kCodes[static_cast<uint8_t>(byte)];
    if (code < 0x80) {
      mapped += static_cast<char>(code);
    } else {  // below U+0800: two bytes of UTF-8
      mapped += static_cast<char>(0xC0 | (code >> 6));
      mapped += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return mapped;
}

}  // namespace tern
