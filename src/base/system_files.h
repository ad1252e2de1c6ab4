#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tern {

/// What the kernel says of itself in files (/proc, /sys), which a container may lack.
class SystemFiles {
 public:
  /// Files are looked for below `root`: a folder that tests made, or "" for the system's own.
  explicit SystemFiles(std::string root = "") : root_(std::move(root)) {}
  /// The first MiB of the file at `path`, which starts with '/'; nothing when it is not there, cannot be read
  /// or is no regular file.
  std::optional<std::string> read(std::string_view path) const;
  /// Its first line, without blanks around it.
  std::optional<std::string> read_line(std::string_view path) const;
  /// Its first line as decimal digits; nothing when it has others ("max", -1) or too many.
  std::optional<uint64_t> read_number(std::string_view path) const;

 private:
  std::string root_;
};

/// Decimal digits and nothing else, as a number that fits.
std::optional<uint64_t> whole_number_of(std::string_view text);
/// What stands behind `name` on the first line that starts with it ("name value", "name : value"), without
/// blanks;
/// "" when there is none.
std::string_view field_of(std::string_view text, std::string_view name);
/// The field "name: 12 kB" in bytes; nothing when there is none, or it is no such number.
std::optional<uint64_t> kilobytes_field_of(std::string_view text, std::string_view name);

}  // namespace tern
