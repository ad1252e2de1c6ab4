#pragma once
// Where text and numbers come from: flags, files, standard input.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tern {

/// "1,2,3" (commas or blanks) as integers within [lowest, highest]; kInvalidArgument names `flag` and the bad
/// item.
Result<std::vector<int64_t>> parse_integers(std::string_view list, std::string_view flag, int64_t lowest,
                                            int64_t highest);
/// Token ids: non-negative, at least one.
Result<std::vector<int32_t>> parse_token_ids(std::string_view list, std::string_view flag);

/// All of standard input; kBadFile beyond 64 MiB, kInterrupted on Ctrl-C.
Result<std::string> read_stdin();
/// All of a file, or of standard input when `path` is "-"; kBadFile beyond 64 MiB.
Result<std::string> read_text_file(const std::string& path);

/// -p TEXT or -f FILE; without either, standard input.
struct TextSource {
  std::optional<std::string> text, file;
  /// The two flags, which exclude each other.
  std::array<CLI::Option*, 2> add(CLI::App& app, const char* what);
  /// kInvalidArgument when neither is given and standard input is a terminal.
  Result<std::string> read() const;
};

/// `text` without one newline at its end: what `echo` adds is not part of a prompt.
std::string_view without_last_newline(std::string_view text);

}  // namespace tern
