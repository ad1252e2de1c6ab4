#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/tern/chat/glyphs.h"

namespace tern {

/// How text looks, as bits.
using Style = uint8_t;
constexpr Style kBold = 1, kItalic = 2, kUnderline = 4, kDim = 8, kCode = 16;

/// Lines on a terminal, broken at blanks where they are wider than it, and anywhere where a word is. The
/// width is asked for at each row, so that a resized window is followed.
class WrappedText {
 public:
  using Output = std::function<void(std::string_view)>;
  enum class Break {
    kAtBlanks,  ///< blanks at the end of a row vanish
    kAnywhere   ///< code: every blank is kept
  };

  /// `columns` gives the terminal's width.
  WrappedText(Output output, std::function<int()> columns);
  /// Begins a line: `prefix` stands before its first row, `hang` before the others; both dim, without control
  /// characters.
  void begin_line(std::string_view prefix, std::string_view hang, Break where);
  /// Appends a byte of UTF-8 to the line. Tabs are blanks to the next multiple of 4 columns.
  void put(char byte, Style style);
  /// Columns left in the row, at least 1.
  int room() const;
  void end_line();
  /// Ends the text, maybe within a line: what is held back is shown, and no style stays on.
  void finish();
  bool within_line() const { return within_line_; }

 private:
  void place(const Glyph& glyph);
  void place_word();
  void begin_row(std::string_view prefix);
  void break_row();
  void emit(const Glyph& glyph, Style style);
  void set_style(Style style);

  Output output_;
  std::function<int()> columns_;
  GlyphReader glyphs_;
  Break break_ = Break::kAtBlanks;
  bool within_line_ = false;
  std::string hang_;
  int width_ = 0, row_start_ = 0, column_ = 0;
  Style style_ = 0;                            ///< of the byte put last
  Style shown_style_ = 0;                      ///< that the terminal has
  std::vector<Style> blanks_;                  ///< between the row and the word, not yet shown
  std::vector<std::pair<Glyph, Style>> word_;  ///< not yet shown: it may belong to the next row
  int word_width_ = 0;
};

}  // namespace tern
