#include "apps/tern/chat/inline_markdown.h"

#include <algorithm>
#include <vector>

namespace tern {
namespace {

constexpr size_t kNone = std::string_view::npos;

/// Where something ends in a text; `open` when that depends on what comes behind it.
struct End {
  size_t at = kNone;
  bool open = false;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\0';  // 0: the end of the line
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_escapable(char c) {
  return c > ' ' && c < 0x7F && !is_word(c) && std::string_view("()[]").find(c) == kNone;
}

char char_at(std::string_view text, size_t at) {
  return at < text.size() ? text[at] : '\0';
}

size_t run_length(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(text[at], at), text.size()) - at;
}

/// The end (behind its last mark) of the code that begins at `at`.
End end_of_code(std::string_view text, size_t at, bool whole) {
  const size_t marks = run_length(text, at);
  size_t next = at + marks;
  while ((next = text.find('`', next)) != kNone) {
    const size_t run = run_length(text, next);
    if (next + run == text.size() && !whole) return {kNone, true};
    next += run;
    if (run == marks) return {next, false};
  }
  return {kNone, !whole};
}

/// The character behind what stands at `at`, if it is an escape or code; else `at`.
End behind_opaque(std::string_view text, size_t at, bool whole) {
  if (text[at] == '\\') return {std::min(at + 2, text.size()), false};
  if (text[at] != '`') return {at, false};
  const End code = end_of_code(text, at, whole);
  if (code.open || code.at != kNone) return code;
  return {at + run_length(text, at), false};
}

/// The bracket that closes the one at `at`.
End end_of_bracket(std::string_view text, size_t at, char closing, bool whole) {
  const char opening = text[at];
  int depth = 0;
  while (at < text.size()) {
    const End behind = behind_opaque(text, at, whole);
    if (behind.open) return behind;
    if (behind.at != at) {
      at = behind.at;
      continue;
    }
    if (text[at] == opening) ++depth;
    if (text[at] == closing && --depth == 0) return {at, false};
    ++at;
  }
  return {kNone, !whole};
}

/// Which of the runs in `open` a run of `marks` closes: they are taken off, and the marks left over returned.
/// A run of the same length is preferred.
size_t close_runs(std::vector<size_t>* open, size_t marks) {
  const auto same = std::find(open->rbegin(), open->rend(), marks);
  if (same != open->rend()) {
    open->erase(std::prev(same.base()), open->end());
    return 0;
  }
  while (!open->empty() && marks >= open->back()) {
    marks -= open->back();
    open->pop_back();
  }
  return marks;
}

/// Where the content of the emphasis ends that `marks` of text[0] began.
End end_of_emphasis(std::string_view text, size_t marks, bool whole) {
  std::vector<size_t> open = {marks};
  size_t at = marks;
  while (at < text.size()) {
    const End behind = behind_opaque(text, at, whole);
    if (behind.open) return behind;
    if (behind.at != at || text[at] != text[0]) {
      at = std::max(behind.at, at + 1);
      continue;
    }
    const size_t run = run_length(text, at);
    if (at + run == text.size() && !whole) return {kNone, true};
    const char next = char_at(text, at + run);
    size_t left = run;
    if (!is_blank(text[at - 1]) && !is_word(next)) left = close_runs(&open, run);
    if (open.empty()) return {at + (run - left) - marks, false};
    if (left > 0 && !is_blank(next) && !is_word(text[at - 1])) open.push_back(left);
    at += run;
  }
  return {kNone, !whole};
}

}  // namespace

void InlineMarkdown::begin(Style base) {
  base_ = base;
  before_ = 0;
  held_.clear();
}

void InlineMarkdown::add(char byte) {
  held_ += byte;
  drain(false);
}

void InlineMarkdown::finish() {
  drain(true);
}

void InlineMarkdown::show(std::string_view text, Style style) {
  for (const char byte : text) put_(byte, style);
}

void InlineMarkdown::show_whole(std::string_view text, Style style) {
  char before = 0;
  while (!text.empty()) {
    const size_t length = show_next({text, before, true}, style);
    before = text[length - 1];
    text.remove_prefix(length);
  }
}

void InlineMarkdown::drain(bool whole) {
  while (!held_.empty()) {
    size_t length = show_next({held_, before_, whole}, base_);
    if (length == 0) {
      if (held_.size() < kMostHeld) return;
      length = run_length(held_, 0);
      show(std::string_view(held_).substr(0, length), base_);
    }
    before_ = held_[length - 1];
    held_.erase(0, length);
  }
}

size_t InlineMarkdown::show_next(const Text& text, Style style) {
  switch (text.rest[0]) {
    case '\\':
      return show_escape(text, style);
    case '`':
      return show_code(text, style);
    case '*':
    case '_':
      return show_emphasis(text, style);
    case '[':
      return show_link(text, style);
    default:
      put_(text.rest[0], style);
      return 1;
  }
}

size_t InlineMarkdown::show_escape(const Text& text, Style style) {
  if (text.rest.size() == 1 && !text.whole) return 0;
  const bool escape = is_escapable(char_at(text.rest, 1));
  const bool tex = text.rest.size() > 1 && !escape && std::string_view("()[]").find(text.rest[1]) != kNone;
  const size_t length = escape || tex ? 2 : 1;
  show(text.rest.substr(escape ? 1 : 0, escape ? 1 : length), style);
  return length;
}

size_t InlineMarkdown::show_code(const Text& text, Style style) {
  const End end = end_of_code(text.rest, 0, text.whole);
  if (end.open) return 0;
  const size_t marks = run_length(text.rest, 0);
  if (end.at == kNone) {
    show(text.rest.substr(0, marks), style);
    return marks;
  }
  std::string_view code = text.rest.substr(marks, end.at - 2 * marks);
  // A blank on both sides is there so that code may begin with a mark.
  if (code.size() > 2 && code.front() == ' ' && code.back() == ' ') code = code.substr(1, code.size() - 2);
  show(code, style | kCode);
  return end.at;
}

size_t InlineMarkdown::show_emphasis(const Text& text, Style style) {
  const size_t marks = run_length(text.rest, 0);
  if (marks == text.rest.size() && !text.whole) return 0;
  constexpr size_t kItalicMarks = 1, kBoldMarks = 2, kMostMarks = 3;  // 3: both
  const bool opens = marks <= kMostMarks && !is_blank(char_at(text.rest, marks)) && !is_word(text.before);
  const End end = opens ? end_of_emphasis(text.rest, marks, text.whole) : End{};
  if (end.open) return 0;
  if (end.at == kNone) {
    show(text.rest.substr(0, marks), style);
    return marks;
  }
  if (marks != kBoldMarks) style |= kItalic;
  if (marks != kItalicMarks) style |= kBold;
  show_whole(text.rest.substr(marks, end.at - marks), style);
  return end.at + marks;
}

size_t InlineMarkdown::show_link(const Text& text, Style style) {
  const std::string_view rest = text.rest;
  const End label_end = end_of_bracket(rest, 0, ']', text.whole);
  if (label_end.open || (label_end.at + 1 == rest.size() && !text.whole)) return 0;
  End end;
  if (label_end.at != kNone && char_at(rest, label_end.at + 1) == '(') {
    end = end_of_bracket(rest, label_end.at + 1, ')', text.whole);
  }
  if (end.open) return 0;
  if (end.at == kNone) {
    put_('[', style);
    return 1;
  }
  const std::string_view label = rest.substr(1, label_end.at - 1);
  std::string_view address = rest.substr(label_end.at + 2, end.at - label_end.at - 2);
  address = address.substr(0, address.find(' '));  // a title may follow
  show_whole(label, style | kUnderline);
  // Not a link of the terminal's: an address from a model stays visible, and goes into no escape sequence.
  if (address != label) {
    show(" (", style | kDim);
    show(address, style | kDim);
    show(")", style | kDim);
  }
  return end.at + 1;
}

}  // namespace tern
