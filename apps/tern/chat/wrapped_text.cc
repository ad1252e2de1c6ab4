#include "apps/tern/chat/wrapped_text.h"

#include <algorithm>

#include "apps/tern/chat/display_width.h"

namespace tern {
namespace {

constexpr int kFewestColumns = 8;  // narrower windows are the terminal's to wrap

std::string escape_of(Style style) {
  std::string codes = "\x1b[0";
  if (style & kBold) codes += ";1";
  if (style & kDim) codes += ";2";
  if (style & kItalic) codes += ";3";
  if (style & kUnderline) codes += ";4";
  if (style & kCode) codes += ";36";
  return codes + "m";
}

}  // namespace

WrappedText::WrappedText(Output output, std::function<int()> columns)
    : output_(std::move(output)),
      columns_(std::move(columns)),
      glyphs_([this](const Glyph& g) { place(g); }) {}

void WrappedText::begin_line(std::string_view prefix, std::string_view hang, Break where) {
  break_ = where;
  within_line_ = true;
  hang_ = hang;
  begin_row(prefix);
}

void WrappedText::begin_row(std::string_view prefix) {
  width_ = std::max(columns_(), kFewestColumns);
  // Deep quotes and lists in a narrow window would leave no room.
  const int prefix_width = display_width(prefix);
  column_ = row_start_ = prefix_width <= width_ / 2 ? prefix_width : 0;
  if (column_ == 0) return;
  set_style(kDim);
  output_(prefix);
}

void WrappedText::break_row() {
  set_style(0);
  output_("\n");
  begin_row(hang_);
}

int WrappedText::room() const {
  return std::max(width_ - column_, 1);
}

void WrappedText::put(char byte, Style style) {
  style_ = style;
  if (byte != '\t') return glyphs_.add(byte);
  constexpr int kTab = 4;
  const int ahead = column_ - row_start_ + static_cast<int>(blanks_.size()) + word_width_;
  for (int i = kTab - ahead % kTab; i > 0; --i) glyphs_.add(' ');
}

void WrappedText::place(const Glyph& glyph) {
  if (break_ == Break::kAnywhere) {
    if (column_ + glyph.width > width_ && column_ > row_start_) {
      break_row();
    }
    return emit(glyph, style_);
  }
  if (glyph.text == " ") {
    place_word();
    blanks_.push_back(style_);
    return;
  }
  if (glyph.width == 0 && word_.empty() && blanks_.empty()) return emit(glyph, style_);  // of what is shown
  const bool wide = glyph.width == 2;
  if (wide) place_word();                                             // between wide characters a row may end
  if (word_width_ + glyph.width > width_ - row_start_) place_word();  // no row has room for it
  word_.emplace_back(glyph, style_);
  word_width_ += glyph.width;
  if (wide) place_word();
}

void WrappedText::place_word() {
  if (word_.empty()) return;
  const bool fits = column_ + static_cast<int>(blanks_.size()) + word_width_ <= width_;
  if (!fits && column_ > row_start_) {
    break_row();
  } else if (fits) {
    for (const Style style : blanks_) emit({" ", 1}, style);
  }
  for (const auto& [glyph, style] : word_) emit(glyph, style);
  blanks_.clear();
  word_.clear();
  word_width_ = 0;
}

void WrappedText::emit(const Glyph& glyph, Style style) {
  set_style(style);
  output_(glyph.text);
  column_ += glyph.width;
}

void WrappedText::set_style(Style style) {
  if (style == shown_style_) return;
  output_(escape_of(style));
  shown_style_ = style;
}

void WrappedText::end_line() {
  finish();
  output_("\n");
  within_line_ = false;
}

void WrappedText::finish() {
  glyphs_.finish();
  place_word();
  blanks_.clear();
  set_style(0);
}

}  // namespace tern
