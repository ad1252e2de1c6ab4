#pragma once
// Tests only: whether a text is well-formed XML, as far as our SVG and HTML use it.
#include <cctype>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tern::testing {

/// "" when every element is closed in order, every attribute quoted, and every & one of an entity that XML
/// has; else what is wrong. Knows <!DOCTYPE>, comments, <style>, and the elements of HTML that have no end.
inline std::string xml_problem(std::string_view text) {
  static const std::set<std::string, std::less<>> kNoEnd = {"meta"};
  std::vector<std::string> open;
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == ':';
  };
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const std::string where(rest.substr(0, 60));
    if (rest[0] == '&') {
      const std::string_view entity = rest.substr(0, rest.find(';') + 1);
      if (entity != "&amp;" && entity != "&lt;" && entity != "&gt;" && entity != "&quot;" &&
          entity != "&#39;")
        return "entity: " + where;
      i += entity.size();
    } else if (rest.starts_with("<!--")) {
      i = text.find("-->", i) + 3;
    } else if (rest.starts_with("<!DOCTYPE")) {
      i = text.find('>', i) + 1;
    } else if (rest.starts_with("</")) {
      const size_t end = rest.find('>');
      if (end == std::string_view::npos || open.empty() || open.back() != rest.substr(2, end - 2))
        return "end: " + where;
      open.pop_back();
      i += end + 1;
    } else if (rest[0] == '<') {
      size_t at = 1;
      while (at < rest.size() && is_name(rest[at])) ++at;
      const std::string name(rest.substr(1, at - 1));
      if (name.empty()) return "element: " + where;
      bool closed = false;
      while (at < rest.size() && rest[at] != '>') {
        if (rest[at] == '/') {
          closed = true;
          ++at;
        } else if (rest[at] == ' ') {
          ++at;
        } else {
          while (at < rest.size() && is_name(rest[at])) ++at;
          if (!rest.substr(at).starts_with("=\"")) return "attribute: " + where;
          const size_t end = rest.find('"', at + 2);
          if (end == std::string_view::npos) return "attribute: " + where;
          if (rest.substr(at + 2, end - at - 2).find('<') != std::string_view::npos)
            return "attribute: " + where;
          at = end + 1;
        }
      }
      if (!closed && !kNoEnd.contains(name)) open.push_back(name);
      i += at + 1;
      if (name == "style") i = text.find("</style>", i);
    } else {
      const auto c = static_cast<unsigned char>(rest[0]);
      if (c == '>' || (c < 0x20 && c != '\n')) return "character: " + where;
      ++i;
    }
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

/// How often `part` stands in `text`.
inline size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace tern::testing
