#include "api/call.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread_pool.h"
#include "kernels/isa.h"
#include "tokenizer/utf8.h"

namespace tern::api {
namespace {

// The header's numbers are those of the table.
constexpr int exit_code(ErrorCode wanted) {
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) \
  if (wanted == ErrorCode::enumerator) return exit_code;
#include "base/error.inc"
#undef TERN_ERROR
  return -1;
}
static_assert(TERN_ERROR_INVALID_ARGUMENT == exit_code(ErrorCode::kInvalidArgument));
static_assert(TERN_ERROR_NOT_FOUND == exit_code(ErrorCode::kNotFound));
static_assert(TERN_ERROR_IO == exit_code(ErrorCode::kIo));
static_assert(TERN_ERROR_BAD_FILE == exit_code(ErrorCode::kBadFile));
static_assert(TERN_ERROR_UNSUPPORTED == exit_code(ErrorCode::kUnsupported));
static_assert(TERN_ERROR_AMBIGUOUS == exit_code(ErrorCode::kAmbiguous));
static_assert(TERN_ERROR_NON_FINITE == exit_code(ErrorCode::kNonFinite));
static_assert(TERN_ERROR_CONTEXT_FULL == exit_code(ErrorCode::kContextFull));
static_assert(TERN_ERROR_OUT_OF_MEMORY == exit_code(ErrorCode::kOutOfMemory));
static_assert(TERN_ERROR_INTERNAL == exit_code(ErrorCode::kInternal));
static_assert(TERN_ERROR_CANCELLED == exit_code(ErrorCode::kInterrupted));

/// A message that needs no memory wins over one that found none.
struct LastError {
  std::string message;
  const char* fixed = "";
};
LastError& of_this_thread() {
  thread_local LastError error;
  return error;
}

}  // namespace

tern_status report(const Error& error) noexcept {
  LastError& last = of_this_thread();
  try {
    last.message = error.message();
    last.fixed = nullptr;
  } catch (const std::bad_alloc&) {
    last.fixed = "there was no memory for the message";
  }
  return error_exit_code(error.code());
}

tern_status report_out_of_memory() noexcept {
  of_this_thread().fixed = "out of memory";
  return TERN_ERROR_OUT_OF_MEMORY;
}

tern_status report_internal(const char* what) noexcept {
  try {
    return report(Error(ErrorCode::kInternal, what));
  } catch (const std::bad_alloc&) {
    of_this_thread().fixed = "a callback threw an exception, and there was no memory for its message";
    return TERN_ERROR_INTERNAL;
  }
}

const char* last_error() noexcept {
  const LastError& last = of_this_thread();
  return last.fixed != nullptr ? last.fixed : last.message.c_str();
}

void leave_stderr_alone() {
  [[maybe_unused]] static const bool done = (redirect_log({}), true);
}

Status initialize() {
  leave_stderr_alone();
  static const Status ready = init_kernels();
  return ready;
}

DefaultFloats::DefaultFloats() {
  std::fegetenv(&callers_);
  reset_float_environment();
}

Status need(const void* pointer, const char* name) {
  if (pointer != nullptr) return {};
  return fail(ErrorCode::kInvalidArgument, "{} is NULL", name);
}

Status check_size(size_t size, size_t first_size, const char* name) {
  if (size >= first_size && size <= kMostStructBytes) return {};
  return fail(ErrorCode::kInvalidArgument,
              "{}: {} is no size of it: set it to sizeof, or call the function that ends in _init", name,
              size);
}

Result<std::string_view> utf8(const char* text, size_t bytes, const char* name) {
  TERN_ASSIGN(const std::span<const char> chars, array(text, bytes, name));
  const std::string_view view(chars.data(), chars.size());
  const size_t valid = utf8_valid_prefix(view);
  if (valid < view.size()) {
    return fail(ErrorCode::kInvalidArgument, "{} is not UTF-8 from byte {} on", name, valid);
  }
  return view;
}

Result<std::string_view> utf8(const char* text, const char* name) {
  TERN_TRY(need(text, name));
  return utf8(text, std::strlen(text), name);
}

Status check_ids(std::span<const int32_t> ids, int64_t vocab) {
  const auto wrong =
      std::find_if(ids.begin(), ids.end(), [vocab](int32_t id) { return id < 0 || id >= vocab; });
  if (wrong == ids.end()) return {};
  return fail(ErrorCode::kInvalidArgument, "token id {} (the {}. of {}) is outside the vocabulary of {}",
              *wrong, wrong - ids.begin() + 1, ids.size(), vocab);
}

}  // namespace tern::api
