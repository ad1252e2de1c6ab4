#include "base/system_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/trim.h"

namespace tern {
namespace {

constexpr size_t kMostBytes = size_t{1} << 20;

}  // namespace

std::optional<uint64_t> whole_number_of(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::string_view field_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(name)) continue;
    const std::string_view rest = line.substr(name.size());
    const size_t value = rest.find_first_not_of(" \t:");
    if (value == 0) continue;  // of another, longer name
    return value == std::string_view::npos ? std::string_view() : trim(rest.substr(value));
  }
  return {};
}

std::optional<uint64_t> kilobytes_field_of(std::string_view text, std::string_view name) {
  const std::string_view field = field_of(text, name);
  const auto kilobytes = whole_number_of(field.substr(0, field.find(' ')));
  if (!kilobytes || *kilobytes > UINT64_MAX / 1024) return std::nullopt;
  return *kilobytes * 1024;
}

std::optional<std::string> SystemFiles::read(std::string_view path) const {
  // O_NONBLOCK: opening a FIFO must not hang. The sizes of such files are 0, whatever they hold.
  const int fd = ::open((root_ + std::string(path)).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::optional<std::string> text;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) text.emplace();
  char buffer[4096];
  while (text && text->size() < kMostBytes) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) text.reset();
    if (count <= 0) break;
    text->append(buffer, static_cast<size_t>(count));
  }
  ::close(fd);
  return text;
}

std::optional<std::string> SystemFiles::read_line(std::string_view path) const {
  const std::optional<std::string> text = read(path);
  if (!text) return std::nullopt;
  return std::string(trim(std::string_view(*text).substr(0, text->find('\n'))));
}

std::optional<uint64_t> SystemFiles::read_number(std::string_view path) const {
  const std::optional<std::string> line = read_line(path);
  return line ? whole_number_of(*line) : std::nullopt;
}

}  // namespace tern
