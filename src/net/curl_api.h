#pragma once
#include <curl/curl.h>

#include "base/error.h"

namespace tern {

/// Functions of libcurl, as members without "curl_". They are looked up when the first is needed: some thirty
/// libraries hang on libcurl and take longer to load than the rest of the program, and most commands need
/// none.
struct CurlApi {
#define TERN_CURL(name) decltype(&::curl_##name) name = nullptr;
#include "net/curl_api.inc"
#undef TERN_CURL
};

/// Loads and starts libcurl unless that is done. kUnsupported when this machine has none that is new enough.
Status load_curl();
/// The functions; only after load_curl() has succeeded.
const CurlApi& curl();

}  // namespace tern
