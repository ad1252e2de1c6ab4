#include "data/grammar.h"

#include <vector>

#include "base/check.h"

namespace tern {
namespace {

constexpr std::string_view kVowels = "aeiouAEIOU8";  // "an 8"

/// Length of the bracketed text at the start of `text`, and where its alternatives begin and end.
size_t find_alternatives(std::string_view text, std::vector<std::string_view>* alternatives) {
  int depth = 0;
  size_t begin = 1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']') --depth;
    if (depth > 1 || (depth == 1 && text[i] != '|')) continue;
    alternatives->push_back(text.substr(begin, i - begin));
    begin = i + 1;
    if (depth == 0) return i + 1;
  }
  TERN_CHECK(!"brackets that match");
  return 0;
}

}  // namespace

std::string with_article(std::string_view word) {
  TERN_CHECK(!word.empty());
  std::string text = kVowels.find(word[0]) == std::string_view::npos ? "a " : "an ";
  return text.append(word);
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

const std::string& Grammar::value(std::string_view name) const {
  const auto found = values_.find(name);
  TERN_CHECK(found != values_.end());
  return found->second;
}

std::string Grammar::filled(std::string_view name) const {
  if (name.starts_with("a ")) return with_article(value(name.substr(2)));
  if (name.starts_with("A ")) return capitalized(with_article(value(name.substr(2))));
  if (values_.contains(name)) return value(name);
  std::string small(name);
  small[0] = static_cast<char>(small[0] - 'A' + 'a');
  return capitalized(value(small));
}

std::string Grammar::expand(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '[') {
      std::vector<std::string_view> alternatives;
      const size_t length = find_alternatives(text, &alternatives);
      out += expand(random_->pick(alternatives));
      text.remove_prefix(length);
    } else if (text[0] == '{') {
      const size_t end = text.find('}');
      TERN_CHECK(end != std::string_view::npos && end > 1);
      out += filled(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    } else {
      const size_t end = std::min(text.find_first_of("[{"), text.size());
      out += text.substr(0, end);
      text.remove_prefix(end);
    }
  }
  return out;
}

}  // namespace tern
