#include "tokenizer/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "tokenizer/jinja/budget.h"
#include "tokenizer/jinja/text.h"
#include "tokenizer/utf8.h"

namespace tern::jinja {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(char c) {
  return is_name_start(c) || is_digit(c);
}

/// Longest first where one starts another.
constexpr std::array<std::string_view, 26> kOperators = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                         "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                         ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) TERN_TRY(text_and_tag());
    push(TokenType::kEnd, {});
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return source_.substr(at_); }
  bool at(std::string_view expected) const { return rest().substr(0, expected.size()) == expected; }
  void push(TokenType type, std::string_view text) { tokens_.push_back({type, line_, text}); }

  void advance(size_t length) {
    line_ += static_cast<int>(std::count(source_.begin() + at_, source_.begin() + at_ + length, '\n'));
    at_ += length;
  }

  size_t space_length() const { return strip_whitespace(rest(), Side::kLeft).first; }

  template <typename... Args>
  tl::unexpected<Error> broken(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorCode::kBadFile, "chat template, line {}: {}", line_,
                fmt::format(format, std::forward<Args>(args)...));
  }

  /// Text up to the next tag, then the tag.
  Status text_and_tag() {
    size_t begin = at_;
    while ((begin = source_.find('{', begin)) != npos) {
      const char kind = begin + 1 < source_.size() ? source_[begin + 1] : '\0';
      if (kind == '{' || kind == '%' || kind == '#') break;
      ++begin;
    }
    if (begin == npos) {
      push(TokenType::kData, rest());
      at_ = source_.size();
      return {};
    }
    const char kind = source_[begin + 1];
    const char sign = begin + 2 < source_.size() ? source_[begin + 2] : '\0';
    push_data(source_.substr(at_, begin - at_), kind, sign);
    advance(begin + 2 - at_);
    if (sign == '-' || sign == '+') advance(1);
    if (kind == '#') return comment();
    if (kind == '%' && raw_length() > 0) return raw();
    return tag(kind == '%');
  }

  /// Text before a tag, less the whitespace that the tag takes.
  void push_data(std::string_view data, char kind, char sign) {
    size_t end = data.size();
    if (sign == '-') {
      end = strip_whitespace(data, Side::kRight).second;
    } else if (sign != '+' && kind != '{') {
      const size_t newline = data.rfind('\n');
      const size_t line = newline == npos ? 0 : newline + 1;
      const bool only_space = strip_whitespace(data.substr(line), Side::kLeft).first == data.size() - line;
      if ((newline != npos || line_starting_) && only_space) end = line;
    }
    if (end > 0) push(TokenType::kData, data.substr(0, end));
  }

  /// Passes the end of a block or comment: "-%}" takes the whitespace after it, "%}" one newline. False when
  /// there is none here.
  bool end_of_tag(std::string_view close) {
    const size_t begin = at_;
    const char sign = at("-") ? '-' : at("+") ? '+' : '\0';
    if (source_.substr(at_ + (sign != '\0'), close.size()) != close) return false;
    advance(close.size() + (sign != '\0'));
    if (sign == '-') {
      advance(space_length());
    } else if (sign == '\0' && at("\n")) {
      advance(1);
    }
    line_starting_ = at_ > begin && source_[at_ - 1] == '\n';
    return true;
  }

  Status comment() {
    const size_t close = source_.find("#}", at_);
    if (close == npos) return broken("a comment has no end");
    const char last = close > at_ ? source_[close - 1] : '\0';
    advance(close - at_ - (last == '-' || last == '+'));
    end_of_tag("#}");
    return {};
  }

  /// Length of "raw %}" here, 0 when this is another tag.
  size_t raw_length() const {
    size_t length = space_length();
    if (rest().substr(length, 3) != "raw") return 0;
    length += 3;
    length += strip_whitespace(rest().substr(length), Side::kLeft).first;
    if (rest().substr(length, 2) == "%}") return length + 2;
    if (rest().substr(length, 3) != "-%}") return 0;
    length += 3;
    return length + strip_whitespace(rest().substr(length), Side::kLeft).first;
  }

  Status raw() {
    advance(raw_length());
    // Whether the text starts a line matters to lstrip_blocks of {% endraw %}.
    line_starting_ = source_[at_ - 1] == '\n';
    for (size_t begin = at_; (begin = source_.find("{%", begin)) != npos; begin += 2) {
      size_t name = begin + 2;
      const char sign = name < source_.size() ? source_[name] : '\0';
      if (sign == '-' || sign == '+') ++name;
      name += strip_whitespace(source_.substr(name), Side::kLeft).first;
      if (source_.substr(name, 6) != "endraw") continue;
      name += 6;
      name += strip_whitespace(source_.substr(name), Side::kLeft).first;
      const std::string_view close = source_.substr(name, 3);
      if (close.substr(0, 2) != "%}" && close != "-%}" && close != "+%}") continue;
      push_data(source_.substr(at_, begin - at_), '%', sign);
      advance(name - at_);
      end_of_tag("%}");
      return {};
    }
    return broken("{{% raw %}} has no {{% endraw %}}");
  }

  Status tag(bool block) {
    push(block ? TokenType::kBlockBegin : TokenType::kVariableBegin, {});
    std::string brackets;
    while (true) {
      advance(space_length());
      if (at_ == source_.size()) return broken("a tag has no end");
      if (brackets.empty() && end_of_expression(block)) return {};
      TERN_TRY(expression_token(&brackets));
    }
  }

  bool end_of_expression(bool block) {
    const int line = line_;
    if (block) {
      if (!end_of_tag("%}")) return false;
    } else {
      const bool strip = at("-}}");
      if (!strip && !at("}}")) return false;
      advance(strip ? 3 : 2);
      if (strip) advance(space_length());
      line_starting_ = source_[at_ - 1] == '\n';
    }
    tokens_.push_back({block ? TokenType::kBlockEnd : TokenType::kVariableEnd, line, {}});
    return true;
  }

  Status expression_token(std::string* brackets) {
    const char c = source_[at_];
    if (is_digit(c)) return number();
    if (c == '\'' || c == '"') return string(c);
    if (is_name_start(c)) {
      size_t length = 1;
      while (at_ + length < source_.size() && is_name(source_[at_ + length])) ++length;
      // Names are copied and compared without being paid for (budget.h).
      if (length > kMaxName) {
        return fail(ErrorCode::kUnsupported, "chat template, line {}: a name of more than {} letters", line_,
                    kMaxName);
      }
      return take(TokenType::kName, length);
    }
    for (const std::string_view op : kOperators) {
      if (!at(op)) continue;
      TERN_TRY(balance(c, brackets));
      return take(TokenType::kOperator, op.size());
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      return fail(ErrorCode::kUnsupported, "chat template, line {}: names outside ASCII are not supported",
                  line_);
    }
    return broken("unexpected character '{}'", c);
  }

  Status take(TokenType type, size_t length) {
    push(type, source_.substr(at_, length));
    advance(length);
    return {};
  }

  Status balance(char c, std::string* brackets) {
    if (c == '(') brackets->push_back(')');
    if (c == '[') brackets->push_back(']');
    if (c == '{') brackets->push_back('}');
    if (c != ')' && c != ']' && c != '}') return {};
    if (brackets->empty() || brackets->back() != c) return broken("unexpected '{}'", c);
    brackets->pop_back();
    return {};
  }

  Status string(char quote) {
    for (size_t end = at_ + 1; end < source_.size(); ++end) {
      if (source_[end] == '\\') {
        ++end;
      } else if (source_[end] == quote) {
        return take(TokenType::kString, end + 1 - at_);
      }
    }
    return broken("a string has no end");
  }

  /// Length of digits, "_" between them, from `from`; 0 when there is no digit.
  template <typename IsDigit>
  size_t digits(size_t from, IsDigit is) const {
    size_t end = from;
    while (end < source_.size() && (is(source_[end]) || (end > from && source_[end] == '_' &&
                                                         end + 1 < source_.size() && is(source_[end + 1])))) {
      ++end;
    }
    return end - from;
  }

  Status number() {
    const char base = at_ + 1 < source_.size() ? source_[at_ + 1] | 0x20 : '\0';
    if (source_[at_] == '0' && (base == 'x' || base == 'o' || base == 'b')) {
      return fail(ErrorCode::kUnsupported, "chat template, line {}: only decimal numbers are supported",
                  line_);
    }
    size_t length = digits(at_, is_digit);
    // After a dot ("list.0.1") a number is an index, never a fraction.
    const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
    const auto next = [&](size_t offset) {
      return at_ + offset < source_.size() ? source_[at_ + offset] : '\0';
    };
    bool fraction = false;
    if (!after_dot && next(length) == '.' && is_digit(next(length + 1))) {
      length += 1 + digits(at_ + length + 1, is_digit);
      fraction = true;
    }
    if (!after_dot && (next(length) | 0x20) == 'e') {
      const size_t sign = next(length + 1) == '+' || next(length + 1) == '-';
      if (is_digit(next(length + 1 + sign))) {
        length += 1 + sign + digits(at_ + length + 1 + sign, is_digit);
        fraction = true;
      }
    }
    if (!fraction && length > 1 && source_[at_] == '0') return broken("a number starts with 0");
    return take(fraction ? TokenType::kFloat : TokenType::kInteger, length);
  }

  std::string_view source_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::string normalize_newlines(std::string_view source) {
  std::string normal;
  normal.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    const bool crlf = source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
    if (!crlf) normal += source[i] == '\r' ? '\n' : source[i];
  }
  if (!normal.empty() && normal.back() == '\n') normal.pop_back();
  return normal;
}

Result<std::vector<Token>> tokenize(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace tern::jinja
