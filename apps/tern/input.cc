#include "apps/tern/input.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/interrupt.h"
#include "base/mmap.h"
#include "base/terminal.h"

namespace tern {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{64} << 20;

}  // namespace

Result<std::vector<int64_t>> parse_integers(std::string_view list, std::string_view flag, int64_t lowest,
                                            int64_t highest) {
  std::vector<int64_t> values;
  size_t begin = 0;
  while ((begin = list.find_first_not_of(", \t\r\n", begin)) != std::string_view::npos) {
    const size_t end = std::min(list.find_first_of(", \t\r\n", begin), list.size());
    const std::string_view item = list.substr(begin, end - begin);
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(item.data(), item.data() + item.size(), value);
    if (error != std::errc() || stop != item.data() + item.size() || value < lowest || value > highest) {
      return fail(ErrorCode::kInvalidArgument, "{}: '{}' is not a whole number from {} to {}", flag, item,
                  lowest, highest);
    }
    values.push_back(value);
    begin = end;
  }
  if (values.empty()) {
    return fail(ErrorCode::kInvalidArgument, "{}: the list is empty; give numbers like 1,2,3", flag);
  }
  return values;
}

Result<std::vector<int32_t>> parse_token_ids(std::string_view list, std::string_view flag) {
  TERN_ASSIGN(const auto values, parse_integers(list, flag, 0, std::numeric_limits<int32_t>::max()));
  return std::vector<int32_t>(values.begin(), values.end());
}

Result<std::string> read_stdin() {
  std::string text;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n == 0) return text;
    if (n < 0) {
      if (errno == EINTR && !interrupted()) continue;
      if (errno == EINTR) return fail(ErrorCode::kInterrupted, "interrupted");
      return fail(ErrorCode::kIo, "standard input: {}", std::strerror(errno));
    }
    text.append(buffer.data(), static_cast<size_t>(n));
    if (text.size() > kMaxTextBytes) {
      return fail(ErrorCode::kBadFile, "standard input: longer than {} bytes", kMaxTextBytes);
    }
  }
}

Result<std::string> read_text_file(const std::string& path) {
  if (path == "-") return read_stdin();
  return read_small_file(path, kMaxTextBytes);
}

std::array<CLI::Option*, 2> TextSource::add(CLI::App& app, const char* what) {
  CLI::Option* const prompt = app.add_option("-p,--prompt", text, what)->type_name("TEXT");
  CLI::Option* const from_file =
      app.add_option("-f,--file", file, "Read it from a file; - is standard input")->type_name("FILE");
  return {prompt, from_file->excludes(prompt)};
}

Result<std::string> TextSource::read() const {
  if (text) return *text;
  if (file) return read_text_file(*file);
  if (is_terminal(STDIN_FILENO)) {
    return fail(ErrorCode::kInvalidArgument,
                "no text: give -p TEXT or -f FILE, or pipe it to standard input");
  }
  return read_stdin();
}

std::string_view without_last_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace tern
