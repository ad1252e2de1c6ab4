#pragma once
#include <functional>
#include <memory>
#include <string_view>

namespace tern {

/// Shows an answer as it comes. How it is cut into pieces makes no difference to what is shown.
class AnswerView {
 public:
  using Output = std::function<void(std::string_view)>;
  virtual ~AnswerView() = default;
  virtual void add(std::string_view text) = 0;
  /// The answer has ended: what was held back is shown, and the line ended. The next add() begins another
  /// one.
  virtual void finish() = 0;
};

/// Text as it is, for pipes and files.
std::unique_ptr<AnswerView> make_raw_view(AnswerView::Output output);
/// Text as it is but for what a terminal would obey: control characters and broken UTF-8 are shown as \xNN.
std::unique_ptr<AnswerView> make_safe_view(AnswerView::Output output);
/// Markdown, in rows of `columns()` columns.
std::unique_ptr<AnswerView> make_markdown_view(AnswerView::Output output, std::function<int()> columns);
/// The view for standard output: raw if it is no terminal, safe if TERM is dumb, NO_COLOR set or `markdown`
/// false.
std::unique_ptr<AnswerView> make_stdout_view(bool markdown);

}  // namespace tern
