// Markdown on a terminal: blocks are read line by line (block_start.h), what is in a line mark by mark
// (inline_markdown.h), and rows are broken by WrappedText. Line breaks stay where the text has them.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "apps/tern/chat/answer_view.h"
#include "apps/tern/chat/block_start.h"
#include "apps/tern/chat/display_width.h"
#include "apps/tern/chat/inline_markdown.h"
#include "apps/tern/chat/terminal_view.h"
#include "apps/tern/chat/wrapped_text.h"

namespace tern {
namespace {

constexpr std::string_view kBar = "│ ", kBullet = "•", kRuleDash = "─";

class MarkdownView : public TerminalView {
 public:
  MarkdownView(Output output, std::function<int()> columns)
      : TerminalView(std::move(output)),
        text_([this](std::string_view shown) { show(shown); }, std::move(columns)),
        inline_([this](char byte, Style style) { text_.put(byte, style); }) {}

 private:
  /// What becomes of the rest of a line.
  enum class Rest { kUndecided, kInline, kVerbatim, kNothing };

  void put(char byte) override {
    if (byte == '\n') return end_line();
    if (rest_ != Rest::kUndecided) return put_rest(byte);
    start_ += byte;
    decide(false);
  }

  void end() override {
    if (!start_.empty() || rest_ != Rest::kUndecided) end_line();
    fence_.reset();
  }

  void end_line() {
    if (rest_ == Rest::kUndecided) decide(true);
    inline_.finish();
    if (text_.within_line()) text_.end_line();
    rest_ = Rest::kUndecided;
    start_.clear();
  }

  void put_rest(char byte) {
    if (rest_ == Rest::kInline) inline_.add(byte);
    if (rest_ == Rest::kVerbatim) text_.put(byte, fence_ ? kCode : Style{0});
  }

  /// Begins the line if what is there of it, or that it is `whole`, says what it is.
  void decide(bool whole) {
    // What is never decided (a thousand dashes) is text.
    const bool too_long = start_.size() >= InlineMarkdown::kMostHeld;
    if (fence_) return decide_fenced(whole, too_long);
    std::optional<BlockStart> start = read_block_start(start_, whole);
    if (!start && !too_long) return;
    begin(start.value_or(BlockStart{}));
  }

  void decide_fenced(bool whole, bool too_long) {
    std::optional<FencedLine> line = read_fenced_line(start_, *fence_, whole);
    if (!line && !too_long) return;
    if (line && line->closes) {
      fence_.reset();
      rest_ = Rest::kNothing;
      return;
    }
    const std::string prefix = bars(fence_->quotes) + std::string(fence_->indent, ' ') + std::string(kBar);
    begin_rest(Rest::kVerbatim, prefix, prefix, line.value_or(FencedLine{}).content);
  }

  void begin(const BlockStart& start) {
    std::string prefix = bars(start.quotes) + std::string(start.indent, ' ');
    switch (start.kind) {
      case BlockKind::kFence:
        fence_ = read_fence(start_, start);
        rest_ = Rest::kNothing;
        return;
      case BlockKind::kRule:
        begin_rest(Rest::kNothing, prefix, prefix, start_.size());
        for (int column = text_.room(); column > 0; --column) {
          for (const char byte : kRuleDash) text_.put(byte, kDim);
        }
        return;
      case BlockKind::kTable:  // its columns are lined up by blanks
        return begin_rest(Rest::kVerbatim, prefix, prefix, start.content);
      case BlockKind::kHeading:
        inline_.begin(start.level == 1 ? kBold | kUnderline : kBold);
        return begin_rest(Rest::kInline, prefix, prefix, start.content);
      case BlockKind::kItem: {
        const std::string marker(is_bullet(start.marker) ? kBullet : start.marker);
        const std::string hang = prefix + std::string(display_width(marker) + 1, ' ');
        inline_.begin(0);
        return begin_rest(Rest::kInline, prefix + marker + " ", hang, start.content);
      }
      case BlockKind::kBlank:
      case BlockKind::kText:
        inline_.begin(0);
        return begin_rest(Rest::kInline, prefix, prefix, start.content);
    }
  }

  void begin_rest(Rest rest, std::string_view prefix, std::string_view hang, size_t content) {
    rest_ = rest;
    text_.begin_line(prefix, hang,
                     rest == Rest::kInline ? WrappedText::Break::kAtBlanks : WrappedText::Break::kAnywhere);
    for (const char byte : start_.substr(content)) put_rest(byte);
  }

  static std::string bars(int quotes) {
    std::string bars;
    for (int i = 0; i < quotes; ++i) bars += kBar;
    return bars;
  }

  static bool is_bullet(std::string_view marker) { return marker.size() == 1; }

  WrappedText text_;
  InlineMarkdown inline_;
  Rest rest_ = Rest::kUndecided;
  std::string start_;  ///< of the line, as far as it was read when it was decided what it is
  std::optional<Fence> fence_;
};

}  // namespace

std::unique_ptr<AnswerView> make_markdown_view(AnswerView::Output output, std::function<int()> columns) {
  return std::make_unique<MarkdownView>(std::move(output), std::move(columns));
}

}  // namespace tern
