#include "apps/tern/chat/line_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "apps/tern/chat/wait_for_input.h"
#include "base/interrupt.h"

namespace tern {
namespace {

constexpr size_t kMaxLineBytes = size_t{16} << 20;

}  // namespace

Result<InputLine> LineReader::read(const std::string& prompt) {
  return editor_ ? editor_->read(prompt) : read_plain_line();
}

/// A line of a pipe or file.
Result<InputLine> LineReader::read_plain_line() {
  if (interrupted()) return InputLine{};  // though lines may be pending
  size_t searched = 0;
  while (true) {
    const size_t end = pending_.find('\n', searched);
    if (std::min(end, pending_.size()) > kMaxLineBytes) {
      return fail(ErrorCode::kBadFile, "standard input: a line is longer than {} bytes", kMaxLineBytes);
    }
    if (end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return InputLine{InputLine::Kind::kLine, std::move(line)};
    }
    searched = pending_.size();
    if (!wait_for_input(STDIN_FILENO)) return InputLine{};
    std::array<char, 4096> bytes;
    const ssize_t n = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::kIo, "standard input: {}", std::strerror(errno));
    if (n == 0) {
      if (pending_.empty()) return InputLine{};
      return InputLine{InputLine::Kind::kLine, std::exchange(pending_, {})};
    }
    pending_.append(bytes.data(), static_cast<size_t>(n));
  }
}

}  // namespace tern
