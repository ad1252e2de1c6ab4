#include "base/error.h"

namespace tern {

std::string_view error_name(ErrorCode code) {
  switch (code) {
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) \
  case ErrorCode::enumerator:                                         \
    return name;
#include "base/error.inc"
#undef TERN_ERROR
  }
  return "internal";
}

int error_exit_code(ErrorCode code) {
  switch (code) {
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) \
  case ErrorCode::enumerator:                                         \
    return exit_code;
#include "base/error.inc"
#undef TERN_ERROR
  }
  return 70;
}

Error Error::with_context(std::string_view context) const {
  return Error(code_, fmt::format("{}: {}", context, message_));
}

}  // namespace tern
