#include "net/url.h"

#include <algorithm>
#include <memory>

#include "net/curl_api.h"

namespace tern {
namespace {

constexpr size_t kMaxUrlBytes = 16384;  // signed addresses have some 1500

using CurlUrl = std::unique_ptr<CURLU, decltype(CurlApi::url_cleanup)>;

/// One part of the address, in lower case; empty when it has none.
std::string part(const CurlUrl& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(CurlApi::free)> owned(text, curl().free);
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// libcurl's reading of `text`, relative to `base` unless that is empty; a reason when it has none.
struct Reading {
  std::string text, scheme, host, port;
  const char* refusal = nullptr;
};

Reading read_url(const std::string& base, const std::string& text) {
  Reading result;
  const CurlUrl url(curl().url(), curl().url_cleanup);
  const unsigned flags = CURLU_DISALLOW_USER | (base.empty() ? 0 : CURLU_URLENCODE);
  if (text.empty() || text.size() > kMaxUrlBytes || text.find('\0') != std::string::npos) {
    result.refusal = "empty or too long";
  } else if (!base.empty() && curl().url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) {
    result.refusal = "relative to no address";
  } else if (const CURLUcode code = curl().url_set(url.get(), CURLUPART_URL, text.c_str(), flags);
             code != CURLUE_OK) {
    result.refusal = code == CURLUE_USER_NOT_ALLOWED ? "user names and passwords in addresses are refused"
                                                     : curl().url_strerror(code);
  } else {
    result.text = part(url, CURLUPART_URL);
    result.scheme = lower(part(url, CURLUPART_SCHEME));
    result.host = lower(part(url, CURLUPART_HOST));
    result.port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (result.scheme != "http" && result.scheme != "https") {
      result.refusal = "only http and https are allowed";
    } else if (result.host.empty()) {
      result.refusal = "it names no host";
    }
  }
  return result;
}

}  // namespace

Result<Url> Url::parse(const std::string& text) {
  TERN_TRY(load_curl());
  Reading reading = read_url({}, text);
  if (reading.refusal != nullptr) {
    return fail(ErrorCode::kInvalidArgument, "not an address like https://host: {}", reading.refusal);
  }
  Url url;
  url.text_ = std::move(reading.text);
  url.scheme_ = std::move(reading.scheme);
  url.host_ = std::move(reading.host);
  url.port_ = std::move(reading.port);
  return url;
}

Result<Url> Url::redirected_to(const std::string& location) const {
  const Reading reading = read_url(text_, location);
  if (reading.refusal != nullptr) {
    return fail(ErrorCode::kNetwork, "{}: refused the redirect that it answered: {}", shown(),
                reading.refusal);
  }
  if (scheme_ == "https" && reading.scheme != "https") {
    return fail(ErrorCode::kNetwork, "{}: refused the redirect that it answered: it leaves https for {}",
                shown(), reading.scheme);
  }
  return parse(reading.text);
}

std::string Url::shown() const {
  return text_.substr(0, text_.find_first_of("?#"));
}

bool Url::same_origin(const Url& other) const {
  return scheme_ == other.scheme_ && host_ == other.host_ && port_ == other.port_;
}

bool Url::local() const {
  return host_ == "localhost" || host_ == "127.0.0.1" || host_ == "[::1]";
}

bool Url::confidential() const {
  return scheme_ == "https" || local();
}

std::string escape_url_part(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (is_unreserved(c)) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

}  // namespace tern
