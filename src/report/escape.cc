#include "report/escape.h"

#include <algorithm>
#include <vector>

#include "base/terminal.h"

namespace tern {
namespace {

/// U+FFFE and U+FFFF, which XML forbids; U+061C, U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069, which
/// set the direction of text.
bool is_harmful(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character == "\xD8\x9C") return true;
  if (character.size() != 3) return false;
  if (byte(0) == 0xEF) return byte(1) == 0xBF && byte(2) >= 0xBE;
  if (byte(0) != 0xE2) return false;
  if (byte(1) == 0x80) return byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xAA && byte(2) <= 0xAE);
  return byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
}

void add_character(std::string_view character, std::string& into) {
  if (character == "&") {
    into += "&amp;";
  } else if (character == "<") {
    into += "&lt;";
  } else if (character == ">") {
    into += "&gt;";
  } else if (character == "\"") {
    into += "&quot;";
  } else if (character == "'") {
    into += "&#39;";
  } else if (is_harmful(character)) {
    into += "\xEF\xBF\xBD";
  } else {
    into += character;
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = shown_length(text);
    if (length == 0) {
      result += shown_byte(text.front());
    } else {
      add_character(text.substr(0, length), result);
    }
    text.remove_prefix(std::max<size_t>(1, length));
  }
  return result;
}

std::string shortened(std::string_view text, size_t most) {
  std::vector<std::string_view> characters;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t length = std::max<size_t>(1, shown_length(rest));
    characters.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (characters.size() <= most) return std::string(text);
  const size_t end = (most - 2) / 2, start = most - 2 - end;
  std::string result;
  for (size_t i = 0; i < start; ++i) result += characters[i];
  result += "..";
  for (size_t i = characters.size() - end; i < characters.size(); ++i) result += characters[i];
  return result;
}

}  // namespace tern
