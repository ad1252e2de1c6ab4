#include "apps/tern/chat/block_start.h"

#include <algorithm>

namespace tern {
namespace {

constexpr int kTab = 4;
constexpr int kMostQuotes = 8;  // deeper ones are text

/// Moves `at` over blanks, no more than `most` columns of them; gives the columns.
int skip_blanks(std::string_view line, size_t* at, int most = 1 << 20) {
  int columns = 0;
  for (; *at < line.size() && columns < most; ++*at) {
    if (line[*at] == ' ') {
      ++columns;
    } else if (line[*at] == '\t') {
      columns += kTab - columns % kTab;
    } else {
      break;
    }
  }
  return columns;
}

size_t run_length(std::string_view text) {
  return std::min(text.find_first_not_of(text[0]), text.size());
}

/// The marks of quotes at the beginning of a line, `most` at most; `at` comes to stand behind them.
int skip_quotes(std::string_view line, size_t* at, int most) {
  int quotes = 0;
  while (quotes < most) {
    size_t next = *at;
    skip_blanks(line, &next, kTab - 1);
    if (next >= line.size() || line[next] != '>') break;
    *at = next + 1;
    if (*at < line.size() && line[*at] == ' ') ++*at;
    ++quotes;
  }
  return quotes;
}

/// Reads `rest`, which begins with no blank, into `start`; false while more is needed.
class RestOfLine {
 public:
  RestOfLine(std::string_view rest, bool whole) : rest_(rest), whole_(whole) {}

  bool read(BlockStart* start) {
    const char first = rest_[0];
    if (first == '#') return read_heading(start);
    if (first == '`' || first == '~') return read_fence(start);
    if (first == '-' || first == '*' || first == '_' || first == '+') return read_rule_or_item(start);
    if (first >= '0' && first <= '9') return read_numbered(start);
    if (first == '|') start->kind = BlockKind::kTable;
    return true;
  }

 private:
  bool ended_at(size_t at) const { return at >= rest_.size(); }

  /// `rest` has a marker of `length`: it is an item if a blank follows.
  bool read_item(BlockStart* start, size_t length) {
    if (ended_at(length) && !whole_) return false;
    if (!ended_at(length) && rest_[length] != ' ' && rest_[length] != '\t') return true;
    const size_t content = std::min(rest_.find_first_not_of(" \t", length), rest_.size());
    if (ended_at(content) && !whole_) return false;
    start->kind = BlockKind::kItem;
    start->marker = rest_.substr(0, length);
    start->content += content;
    return true;
  }

  bool read_heading(BlockStart* start) {
    constexpr size_t kDeepest = 6;
    const size_t level = run_length(rest_);
    BlockStart heading = *start;
    if (level > kDeepest) return true;
    if (!read_item(&heading, level)) return false;
    if (heading.kind != BlockKind::kItem) return true;
    *start = heading;
    start->kind = BlockKind::kHeading;
    start->marker = {};
    start->level = static_cast<int>(level);
    return true;
  }

  bool read_fence(BlockStart* start) {
    constexpr size_t kShortest = 3;
    const size_t length = run_length(rest_);
    if (length < kShortest) return !ended_at(length) || whole_;
    if (rest_[0] == '`' && rest_.find('`', length) != std::string_view::npos) return true;  // code in a line
    if (!whole_) return false;
    start->kind = BlockKind::kFence;
    return true;
  }

  bool read_rule_or_item(BlockStart* start) {
    const char mark = rest_[0];
    const bool may_be_rule =
        mark != '+' && rest_.find_first_not_of(std::string{mark, ' ', '\t'}) == std::string_view::npos;
    if (may_be_rule && !whole_) return false;
    if (may_be_rule && std::count(rest_.begin(), rest_.end(), mark) >= 3) {
      start->kind = BlockKind::kRule;
      return true;
    }
    return mark == '_' || read_item(start, 1);
  }

  bool read_numbered(BlockStart* start) {
    constexpr size_t kMostDigits = 9;
    const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits > kMostDigits) return true;
    if (ended_at(digits)) return whole_;
    return (rest_[digits] != '.' && rest_[digits] != ')') || read_item(start, digits + 1);
  }

  std::string_view rest_;
  bool whole_;
};

}  // namespace

std::optional<BlockStart> read_block_start(std::string_view line, bool whole) {
  BlockStart start;
  size_t at = 0;
  start.quotes = skip_quotes(line, &at, kMostQuotes);
  start.indent = skip_blanks(line, &at);
  start.content = at;
  if (at == line.size()) {
    if (!whole) return std::nullopt;
    start.kind = BlockKind::kBlank;
    return start;
  }
  if (!RestOfLine(line.substr(at), whole).read(&start)) return std::nullopt;
  return start;
}

Fence read_fence(std::string_view line, const BlockStart& start) {
  return {line[start.content], run_length(line.substr(start.content)), start.quotes, start.indent};
}

std::optional<FencedLine> read_fenced_line(std::string_view line, const Fence& fence, bool whole) {
  size_t at = 0;
  const int quotes = skip_quotes(line, &at, fence.quotes);
  if (at == line.size() && quotes < fence.quotes && !whole) return std::nullopt;
  skip_blanks(line, &at, fence.indent);
  const size_t content = at;
  skip_blanks(line, &at, kTab - 1);
  const std::string_view rest = line.substr(at);
  if (rest.empty() && !whole) return std::nullopt;
  if (!rest.empty() && rest[0] == fence.mark) {
    const size_t run = run_length(rest);
    const bool only_blanks_follow = rest.find_first_not_of(" \t\r", run) == std::string_view::npos;
    if (only_blanks_follow && !whole) return std::nullopt;
    if (only_blanks_follow && run >= fence.length) return FencedLine{true, line.size()};
  }
  return FencedLine{false, content};
}

}  // namespace tern
