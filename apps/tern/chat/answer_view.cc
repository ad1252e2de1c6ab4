#include "apps/tern/chat/answer_view.h"

#include <unistd.h>

#include <utility>

#include "apps/tern/chat/glyphs.h"
#include "apps/tern/chat/terminal_view.h"
#include "apps/tern/output.h"
#include "base/terminal.h"

namespace tern {
namespace {

class RawView : public AnswerView {
 public:
  explicit RawView(Output output) : output_(std::move(output)) {}
  void add(std::string_view text) override { output_(text); }
  void finish() override { output_("\n"); }

 private:
  Output output_;
};

class SafeView : public TerminalView {
 public:
  explicit SafeView(Output output)
      : TerminalView(std::move(output)), glyphs_([this](const Glyph& glyph) { show(glyph.text); }) {}

 private:
  void put(char byte) override {
    within_line_ = byte != '\n';
    if (byte != '\n' && byte != '\t') return glyphs_.add(byte);
    glyphs_.finish();
    show(std::string(1, byte));
  }

  void end() override {
    glyphs_.finish();
    if (std::exchange(within_line_, false)) show("\n");
  }

  GlyphReader glyphs_;
  bool within_line_ = false;
};

}  // namespace

std::unique_ptr<AnswerView> make_raw_view(AnswerView::Output output) {
  return std::make_unique<RawView>(std::move(output));
}

std::unique_ptr<AnswerView> make_safe_view(AnswerView::Output output) {
  return std::make_unique<SafeView>(std::move(output));
}

std::unique_ptr<AnswerView> make_stdout_view(bool markdown) {
  if (!is_terminal(STDOUT_FILENO)) return make_raw_view(print_now);
  if (!markdown || !use_colour(STDOUT_FILENO)) return make_safe_view(print_now);
  return make_markdown_view(print_now, [] { return terminal_columns(STDOUT_FILENO); });
}

}  // namespace tern
