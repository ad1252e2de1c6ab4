#include "data/line_reader.h"

#include <algorithm>
#include <cstring>

#include "base/interrupt.h"

namespace tern {
namespace {

constexpr size_t kBuffer = size_t{1} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<bool> LineReader::refill() {
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted; nothing was written");
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_), buffer_.begin() + static_cast<ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() - end_ < kBuffer) buffer_.resize(std::max(2 * buffer_.size(), kBuffer));
  TERN_ASSIGN(const size_t read, source_.read(std::span(buffer_).subspan(end_)));
  end_ += read;
  return read > 0;
}

Result<std::optional<LineReader::Line>> LineReader::next() {
  size_t searched = 0;
  bool too_long = false;
  while (true) {
    const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
    const size_t length = rest.find('\n', searched);
    if (length != std::string_view::npos) {
      begin_ += length + 1;
      return line(rest.substr(0, length), too_long);
    }
    searched = rest.size();
    if (searched > kMaxLine) {
      too_long = true;
      begin_ = end_;
      searched = 0;
    }
    TERN_ASSIGN(const bool more, refill());
    if (more) continue;
    if (begin_ == end_ && !too_long) return std::optional<Line>();
    const std::string_view last(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_;
    return line(last, too_long);
  }
}

std::optional<LineReader::Line> LineReader::line(std::string_view text, bool too_long) {
  ++number_;
  if (number_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.ends_with('\r')) text.remove_suffix(1);
  too_long |= text.size() > kMaxLine;
  return Line{.number = number_, .text = too_long ? std::string_view() : text, .too_long = too_long};
}

}  // namespace tern
