#include "net/curl_api.h"

#include <dlfcn.h>

#include "base/check.h"

namespace tern {
namespace {

/// nullptr when a function is missing, which is so in versions before 7.84.
void* find(void* library, const char* name) {
  return library == nullptr ? nullptr : ::dlsym(library, name);
}

CurlApi look_up(void* library) {
  CurlApi api;
#define TERN_CURL(name) api.name = reinterpret_cast<decltype(api.name)>(find(library, "curl_" #name));
#include "net/curl_api.inc"
#undef TERN_CURL
  return api;
}

bool complete(const CurlApi& api) {
  bool all = true;
#define TERN_CURL(name) all = all && api.name != nullptr;
#include "net/curl_api.inc"
#undef TERN_CURL
  return all;
}

struct Loaded {
  CurlApi api;
  bool usable = false;
  Loaded() {
    void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) library = ::dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    api = look_up(library);
    usable = complete(api) && api.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && knows_protocols();
  }
  /// Of version 7.85; before, what is allowed could not be said by name.
  bool knows_protocols() const {
    CURL* const easy = api.easy_init();
    const bool knows =
        easy != nullptr && api.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    api.easy_cleanup(easy);
    return knows;
  }
};

const Loaded& loaded() {
  static const Loaded once;
  return once;
}

}  // namespace

Status load_curl() {
  if (loaded().usable) return {};
  return fail(ErrorCode::kUnsupported,
              "the network needs libcurl 7.85 or newer, which is not installed here (Debian: libcurl4)");
}

const CurlApi& curl() {
  TERN_CHECK(loaded().usable);
  return loaded().api;
}

}  // namespace tern
