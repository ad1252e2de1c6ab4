// Python's string operations that filters and methods share.
#include <array>

#include "tokenizer/jinja/builtins.h"
#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

/// Ranges of code points without upper and lower case: the large ones, CJK and emoji among them. Spaces are
/// the only other characters outside ASCII that change_case() takes.
constexpr std::array<std::pair<uint32_t, uint32_t>, 8> kCaseless = {{{0x589, 0x109f},
                                                                     {0x1100, 0x139f},
                                                                     {0x13fe, 0x1c7f},
                                                                     {0x2000, 0x2070},
                                                                     {0x2185, 0x24b5},
                                                                     {0x2d2e, 0xa63f},
                                                                     {0xabc0, 0xfaff},
                                                                     {0x1f18a, 0x10ffff}}};

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c + 0x20) : c;
}
char to_upper(char c) {
  return is_lower(c) ? static_cast<char>(c - 0x20) : c;
}

Status check_caseless(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text.substr(at));
    at += step.length;
    if (step.state != Utf8State::kValid || step.code < 0x80 || is_python_space(step.code)) continue;
    const bool caseless = std::any_of(kCaseless.begin(), kCaseless.end(), [&](const auto& range) {
      return step.code >= range.first && step.code <= range.second;
    });
    if (!caseless) {
      return fail(ErrorCode::kUnsupported, "changing the case of U+{:04X} is not supported", step.code);
    }
  }
  return {};
}

}  // namespace

Result<Text> change_case(const Text& text, Case how) {
  TERN_TRY(check_caseless(text.bytes()));
  std::string bytes = text.bytes();
  bool inside_word = false;
  for (char& c : bytes) {
    const bool upper = how == Case::kUpper || (!inside_word && how != Case::kLower);
    // capitalize() raises the first character only, title() each letter after something that is none.
    inside_word = how == Case::kCapitalize || is_lower(c) || is_upper(c);
    c = upper ? to_upper(c) : to_lower(c);
  }
  return text.mapped(std::move(bytes));
}

Result<Text> replace_text(const Text& text, const Text& old_text, const Text& new_text, int64_t limit,
                          Budget* budget) {
  Text replaced;
  // Python finds an empty text before every character and at the end.
  std::vector<size_t> offsets;
  if (old_text.size() == 0) offsets = character_offsets(text.bytes());
  size_t at = 0, count = 0;
  TERN_TRY(budget->spend(text.size() + sizeof(size_t) * offsets.size()));
  while (limit < 0 || count < static_cast<uint64_t>(limit)) {
    const size_t found = old_text.size() > 0      ? find_bytes(text.bytes(), old_text.bytes(), at)
                         : count < offsets.size() ? offsets[count]
                                                  : std::string_view::npos;
    if (found == std::string_view::npos) break;
    TERN_TRY(budget->spend(Budget::kItem + new_text.size() + text.user().size()));
    replaced.append(text.substr(at, found));
    replaced.append(new_text);
    at = found + old_text.size();
    ++count;
  }
  replaced.append(text.substr(at, text.size()));
  return replaced;
}

Result<Text> escape_html(const Text& text, Budget* budget) {
  if (text.is_markup()) return text;
  constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
      {"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"'", "&#39;"}, {"\"", "&#34;"}};
  Text escaped = text;
  for (const auto& [character, escape] : kEscapes) {
    TERN_ASSIGN(escaped, replace_text(escaped, Text(character), Text(escape), -1, budget));
  }
  return std::move(escaped).with_markup(true);
}

Result<Text> strip_text(const Text& text, const std::optional<Value>& characters, Side side, Budget* budget) {
  std::pair<size_t, size_t> kept;
  if (!characters || characters->is_none()) {
    TERN_TRY(budget->spend(text.size()));
    kept = strip_whitespace(text.bytes(), side);
  } else if (const Text* set = characters->text()) {
    constexpr size_t kMaxSet = 256;
    if (set->size() > kMaxSet)
      return fail(ErrorCode::kUnsupported, "stripping more than {} characters", kMaxSet);
    TERN_TRY(budget->spend(text.size() * (1 + set->size() / 4)));
    kept = strip_characters(text.bytes(), set->bytes(), side);
  } else {
    return fail(ErrorCode::kInvalidArgument, "characters to strip must be a string, not '{}'",
                type_name(*characters));
  }
  return text.substr(kept.first, kept.second);
}

}  // namespace tern::jinja
