// The library itself: version, errors, log.
#include <cstdlib>

#include "api/call.h"
#include "base/log.h"
#include "kernels/isa.h"

namespace tern::api {
namespace {

std::string describe_build() {
#if defined(__x86_64__)
  constexpr const char* kFamily = "x86-64";
#elif defined(__aarch64__)
  constexpr const char* kFamily = "aarch64";
#else
  constexpr const char* kFamily = "other";
#endif
#if defined(__clang__)
  constexpr const char* kCompiler = "clang";
#else
  constexpr const char* kCompiler = "gcc";
#endif
  const Status ready = initialize();
  return fmt::format("tern " TERN_VERSION ", {} " __VERSION__ ", {}, {}", kCompiler, kFamily,
                     ready ? isa_name(active_isa()) : std::string_view(ready.error().message()));
}

}  // namespace
}  // namespace tern::api

using namespace tern::api;

const char* tern_version(void) {
  return TERN_VERSION;
}

const char* tern_build_info(void) {
  try {
    static const std::string* const info = new std::string(describe_build());  // never destroyed, as promised
    return info->c_str();
  } catch (...) {
    return "tern " TERN_VERSION;
  }
}

const char* tern_status_name(tern_status status) {
  if (status == TERN_OK) return "ok";
  if (status == TERN_ERROR_CANCELLED) return "cancelled";  // nobody interrupts a library
#define TERN_ERROR(enumerator, name, exit_code, http_status, meaning) \
  if (status == exit_code) return name;
#include "base/error.inc"
#undef TERN_ERROR
  return "unknown";
}

const char* tern_last_error(void) {
  return last_error();
}

void tern_free(void* memory) {
  std::free(memory);
}

tern_status tern_set_log(tern_log_fn log, void* user) {
  return call([&]() -> tern::Status {
    leave_stderr_alone();
    tern::LogSink sink;
    if (log != nullptr)
      sink = [log, user](std::string_view message) { log(std::string(message).c_str(), user); };
    tern::redirect_log(std::move(sink));
    return {};
  });
}
