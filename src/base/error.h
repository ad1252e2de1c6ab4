#pragma once
// Errors as values. Files, network and flags give a Result; programmer errors are TERN_CHECK (base/check.h).
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tern {

/// Every error that Tern reports; one documented line each in base/error.inc.
enum class ErrorCode {
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) enumerator,
#include "base/error.inc"
#undef TERN_ERROR
};

/// Stable machine-readable name, e.g. "bad_file".
std::string_view error_name(ErrorCode code);
/// Process exit code for `code` (docs/cli.md).
int error_exit_code(ErrorCode code);

/// What went wrong. The message names file, field and remedy; `with_context` prepends where it happened.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  /// The same error with "context: " before its message.
  Error with_context(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// `return fail(ErrorCode::kBadFile, "{}: truncated at byte {}", path, n);`
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace tern

#define TERN_CONCAT_INNER(a, b) a##b
#define TERN_CONCAT(a, b) TERN_CONCAT_INNER(a, b)
/// Returns the error of `expression` (a Result or Status) from the enclosing function, if it holds one.
#define TERN_TRY(expression)                                                             \
  do {                                                                                   \
    auto tern_try_status = (expression);                                                 \
    if (!tern_try_status) return tl::unexpected<::tern::Error>(tern_try_status.error()); \
  } while (false)
/// `TERN_ASSIGN(auto file, MappedFile::open(path));` declares or assigns the value, or returns the error.
#define TERN_ASSIGN(target, expression) \
  TERN_ASSIGN_INNER(target, expression, TERN_CONCAT(tern_result_, __LINE__))
#define TERN_ASSIGN_INNER(target, expression, temporary)                   \
  auto temporary = (expression);                                           \
  if (!temporary) return tl::unexpected<::tern::Error>(temporary.error()); \
  target = std::move(*temporary)
