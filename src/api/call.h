#pragma once
// The border between C callers and us: what comes in is checked, what goes wrong becomes a status and a
// message, and nothing is thrown across.
#include <tern/tern_c.h>

#include <algorithm>
#include <cfenv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern::api {

/// Makes `error` the calling thread's tern_last_error() and gives its status.
tern_status report(const Error& error) noexcept;
tern_status report_out_of_memory() noexcept;
/// Of an exception that nobody expected: TERN_ERROR_INTERNAL.
tern_status report_internal(const char* what) noexcept;
const char* last_error() noexcept;

/// Kernels are chosen and the terminal is left alone: once a process. Errors: init_kernels()'s.
Status initialize();
/// Part of the above, which changes no later redirect_log().
void leave_stderr_alone();

/// The default floating-point environment for a scope: a caller's rounding or flush-to-zero would change our
/// bits.
class DefaultFloats {
 public:
  DefaultFloats();
  ~DefaultFloats() { std::fesetenv(&callers_); }
  DefaultFloats(const DefaultFloats&) = delete;
  DefaultFloats& operator=(const DefaultFloats&) = delete;

 private:
  std::fenv_t callers_;
};

/// Runs the body of a C function, which gives a Status.
template <typename Body>
tern_status call(Body&& body) noexcept {
  try {
    const DefaultFloats floats;
    const Status status = body();
    return status ? TERN_OK : report(status.error());
  } catch (const std::bad_alloc&) {
    return report_out_of_memory();
  } catch (const std::length_error&) {
    return report_out_of_memory();
  } catch (const std::exception& error) {
    return report_internal(error.what());
  } catch (...) {
    return report_internal("a callback threw what is no std::exception");
  }
}

/// kInvalidArgument names the parameter that is NULL.
Status need(const void* pointer, const char* name);
/// `values` may be NULL when `count` is 0; kInvalidArgument names it otherwise, or when `count` is
/// impossible.
template <typename T>
Result<std::span<T>> array(T* values, size_t count, const char* name) {
  if (count == 0) return std::span<T>();
  TERN_TRY(need(values, name));
  if (count > PTRDIFF_MAX / sizeof(T)) {
    return fail(ErrorCode::kInvalidArgument, "{}: there cannot be {} of them", name, count);
  }
  return std::span<T>(values, count);
}
/// kInvalidArgument names the text and the byte from which it is not UTF-8.
Result<std::string_view> utf8(const char* text, size_t bytes, const char* name);
/// The same of a text that ends with a NUL byte.
Result<std::string_view> utf8(const char* text, const char* name);
/// kInvalidArgument names an id that is no token.
Status check_ids(std::span<const int32_t> ids, int64_t vocab);

/// Beyond any version's struct: not a size at all.
constexpr size_t kMostStructBytes = 4096;
/// kInvalidArgument unless `size` may be that of `name`, whose first version had `first_size`.
Status check_size(size_t size, size_t first_size, const char* name);

/// A struct of options of a caller that was compiled against any version: what it has is taken, the rest are
/// `defaults`. kUnsupported when it asks for what this version does not know.
template <typename Options>
Result<Options> read_options(const Options* given, size_t first_size, Options defaults, const char* name) {
  if (given == nullptr) return defaults;
  const size_t size = given->size;
  TERN_TRY(check_size(size, first_size, name));
  const auto* const bytes = reinterpret_cast<const unsigned char*>(given);
  for (size_t i = sizeof(Options); i < size; ++i) {
    if (bytes[i] != 0) {
      return fail(ErrorCode::kUnsupported, "an option of {} is newer than this library ({})", name,
                  tern_version());
    }
  }
  std::memcpy(&defaults, given, std::min(size, sizeof(Options)));
  return defaults;
}

/// The other way: as much of `made` as a caller's struct of `size` bytes takes, and zeros where it has more.
template <typename Struct>
Status write_struct(Struct made, size_t size, size_t first_size, Struct* out, const char* name) {
  TERN_TRY(need(out, name));
  TERN_TRY(check_size(size, first_size, name));
  made.size = size;
  std::memset(static_cast<void*>(out), 0, size);
  std::memcpy(out, &made, std::min(size, sizeof(Struct)));
  return {};
}

/// A copy for tern_free(), with a zero behind its end.
template <typename T>
Status give(std::span<const T> values, T** out, size_t* count) {
  auto* const copy = static_cast<T*>(std::calloc(values.size() + 1, sizeof(T)));
  if (copy == nullptr) throw std::bad_alloc();
  if (!values.empty()) std::memcpy(copy, values.data(), values.size_bytes());
  *out = copy;
  if (count != nullptr) *count = values.size();
  return {};
}

}  // namespace tern::api
