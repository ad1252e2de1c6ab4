#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "apps/tern/chat/wrapped_text.h"

namespace tern {

/// Emphasis, code and links within a line, as it comes. A mark is held back until the one that ends it came
/// (or the line's end, or kMostHeld bytes: it is text then), so that nothing is shown that has to be taken
/// back.
///
/// CommonMark, but: marks beside an ASCII letter or digit on their outer side are text (2*3*4, snake_case),
/// and so is the backslash of \( \) \[ \], which is TeX more often than an escape.
class InlineMarkdown {
 public:
  using Put = std::function<void(char byte, Style style)>;
  static constexpr size_t kMostHeld = 240;

  explicit InlineMarkdown(Put put) : put_(std::move(put)) {}
  /// Begins a line that looks like `base` where nothing else is said.
  void begin(Style base);
  void add(char byte);
  /// Shows what is held back: the line has ended.
  void finish();

 private:
  /// What is being read: `before` is the byte before it, 0 at the beginning. Of a text that is not `whole`
  /// the end may still be missing.
  struct Text {
    std::string_view rest;
    char before = 0;
    bool whole = true;
  };
  void show(std::string_view text, Style style);
  void show_whole(std::string_view text, Style style);
  void drain(bool whole);
  // Each shows what stands at the beginning of text.rest and gives its length; 0: more must come first.
  size_t show_next(const Text& text, Style style);
  size_t show_escape(const Text& text, Style style);
  size_t show_code(const Text& text, Style style);
  size_t show_emphasis(const Text& text, Style style);
  size_t show_link(const Text& text, Style style);

  Put put_;
  Style base_ = 0;
  char before_ = 0;
  std::string held_;
};

}  // namespace tern
