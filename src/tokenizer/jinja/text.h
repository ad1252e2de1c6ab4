#pragma once
// Strings that remember which of their bytes a user wrote, so that a rendered conversation can tell the
// template's own special tokens from ones that somebody typed.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::jinja {

/// Half open ranges of bytes, sorted and disjoint.
using Ranges = std::vector<std::pair<size_t, size_t>>;

class Text {
 public:
  Text() = default;
  /// Text of the template itself.
  explicit Text(std::string bytes) : bytes_(std::move(bytes)) {}
  explicit Text(std::string_view bytes) : bytes_(bytes) {}
  /// Text that a user wrote.
  static Text from_user(std::string bytes);

  const std::string& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  const Ranges& user() const { return user_; }
  bool has_user() const { return !user_.empty(); }
  /// Whether the text is HTML of its own word (what |safe and |escape give, markupsafe's Markup): text that
  /// "+" joins to it is escaped. Parts of it are HTML too.
  bool is_markup() const { return markup_; }
  Text with_markup(bool markup) &&;

  void append(const Text& other);
  void append(std::string_view trusted) { bytes_.append(trusted); }
  Text substr(size_t begin, size_t end) const;
  /// `bytes` made of this text in a way that cannot be followed byte by byte: all of it is the user's when
  /// any was.
  Text derived(std::string bytes) const;
  /// `bytes` of the same size, each made of the byte at its place.
  Text mapped(std::string bytes) const;

 private:
  std::string bytes_;
  Ranges user_;
  bool markup_ = false;
};

/// What Python's str.isspace() says.
bool is_python_space(uint32_t code);
/// The range of `text` that remains when characters for which `drop` holds are taken off the sides asked for.
enum class Side { kLeft = 1, kRight = 2, kBoth = 3 };
std::pair<size_t, size_t> strip_whitespace(std::string_view text, Side side);
/// The same with a set of characters instead of whitespace.
std::pair<size_t, size_t> strip_characters(std::string_view text, std::string_view set, Side side);

/// Byte offsets of the characters of `text`, with its size last: n + 1 entries. A broken sequence counts as
/// one.
std::vector<size_t> character_offsets(std::string_view text);

/// str.find in bytes, in linear time; npos when absent.
size_t find_bytes(std::string_view text, std::string_view needle, size_t from = 0);
/// Where `needle`, which must not be empty, stands, looked for from the end on: at most `limit` places, last
/// one first, which do not overlap.
std::vector<size_t> find_from_end(std::string_view text, std::string_view needle, size_t limit);

}  // namespace tern::jinja
