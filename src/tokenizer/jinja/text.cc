#include "tokenizer/jinja/text.h"

#include <cstring>

#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

/// Start of the last character of `text`, which must not be empty.
size_t last_character(std::string_view text) {
  // A character has at most four bytes; the step that reaches the end exactly is it.
  for (size_t length = 2; length <= 4 && length <= text.size(); ++length) {
    const Utf8Step step = utf8_step(text.substr(text.size() - length));
    if (step.state == Utf8State::kValid && step.length == length) return text.size() - length;
  }
  return text.size() - 1;
}

template <typename Drop>
std::pair<size_t, size_t> strip(std::string_view text, Side side, Drop drop) {
  size_t begin = 0, end = text.size();
  if (side != Side::kRight) {
    while (begin < end) {
      const Utf8Step step = utf8_step(text.substr(begin, end - begin));
      if (!drop(text.substr(begin, step.length), step)) break;
      begin += step.length;
    }
  }
  if (side != Side::kLeft) {
    while (begin < end) {
      const size_t at = begin + last_character(text.substr(begin, end - begin));
      if (!drop(text.substr(at, end - at), utf8_step(text.substr(at, end - at)))) break;
      end = at;
    }
  }
  return {begin, end};
}

}  // namespace

Text Text::from_user(std::string bytes) {
  Text text(std::move(bytes));
  if (text.size() > 0) text.user_.emplace_back(0, text.size());
  return text;
}

void Text::append(const Text& other) {
  const size_t base = bytes_.size();
  bytes_.append(other.bytes_);
  for (const auto& [begin, end] : other.user_) {
    if (!user_.empty() && user_.back().second == base + begin) {
      user_.back().second = base + end;
    } else {
      user_.emplace_back(base + begin, base + end);
    }
  }
}

Text Text::substr(size_t begin, size_t end) const {
  Text part(std::string_view(bytes_).substr(begin, end - begin));
  part.markup_ = markup_;
  for (const auto& [from, to] : user_) {
    const size_t first = std::max(from, begin), last = std::min(to, end);
    if (first < last) part.user_.emplace_back(first - begin, last - begin);
  }
  return part;
}

Text Text::derived(std::string bytes) const {
  return has_user() ? from_user(std::move(bytes)) : Text(std::move(bytes));
}

Text Text::mapped(std::string bytes) const {
  Text text(std::move(bytes));
  text.user_ = user_;
  text.markup_ = markup_;
  return text;
}

Text Text::with_markup(bool markup) && {
  markup_ = markup;
  return std::move(*this);
}

bool is_python_space(uint32_t code) {
  return (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x20) || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

std::pair<size_t, size_t> strip_whitespace(std::string_view text, Side side) {
  return strip(text, side, [](std::string_view, const Utf8Step& step) {
    return step.state == Utf8State::kValid && is_python_space(step.code);
  });
}

std::pair<size_t, size_t> strip_characters(std::string_view text, std::string_view set, Side side) {
  const std::vector<size_t> offsets = character_offsets(set);
  return strip(text, side, [&](std::string_view character, const Utf8Step&) {
    for (size_t i = 0; i + 1 < offsets.size(); ++i) {
      if (set.substr(offsets[i], offsets[i + 1] - offsets[i]) == character) return true;
    }
    return false;
  });
}

std::vector<size_t> character_offsets(std::string_view text) {
  std::vector<size_t> offsets;
  offsets.reserve(text.size() + 1);
  for (size_t at = 0; at < text.size(); at += utf8_step(text.substr(at)).length) offsets.push_back(at);
  offsets.push_back(text.size());
  return offsets;
}

size_t find_bytes(std::string_view text, std::string_view needle, size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (needle.empty()) return from;
  // memchr() for a byte: memmem() of AddressSanitizer looks at all the text for each find.
  if (needle.size() == 1) return text.find(needle[0], from);
  const void* found = ::memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

std::vector<size_t> find_from_end(std::string_view text, std::string_view needle, size_t limit) {
  // Backwards, so that the search is linear.
  const std::string backwards(text.rbegin(), text.rend()), reversed(needle.rbegin(), needle.rend());
  std::vector<size_t> found;
  for (size_t at = 0; found.size() < limit; at += needle.size()) {
    at = find_bytes(backwards, reversed, at);
    if (at == std::string_view::npos) break;
    found.push_back(text.size() - at - needle.size());
  }
  return found;
}

}  // namespace tern::jinja
