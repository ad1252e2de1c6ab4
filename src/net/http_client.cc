#include "net/http_client.h"

#include <ctime>

#include "net/http_transfer.h"

namespace tern {
namespace {

constexpr int kMaxRedirects = 8;

std::string_view find_header(const HttpHead::Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string_view reason(int status) {
  switch (status) {
    case 401:
      return " (not authorized)";
    case 403:
      return " (forbidden)";
    case 404:
      return " (not found)";
    case 416:
      return " (no such range)";
    case 429:
      return " (too many requests)";
    default:
      return status >= 500 ? " (the server's fault)" : "";
  }
}

std::optional<Milliseconds> asked_to_wait(const HttpHead& head) {
  if (const auto wait = parse_retry_after(head.header("retry-after"), std::time(nullptr))) return wait;
  return parse_rate_limit(head.header("ratelimit"));
}

/// `text` without the secret, which a server may give back: in an address, say.
std::string without(std::string text, const std::string& secret) {
  constexpr std::string_view kInstead = "(token)";
  if (secret.empty()) return text;
  for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += kInstead.size()) {
    text.replace(at, secret.size(), kInstead);
  }
  return text;
}

/// The failure that an answer other than 2xx is.
HttpFailure refused(const HttpHead& head, const std::string& token) {
  const int status = head.status;
  const std::string said = without(std::string(head.header("x-error-message")), token);
  const std::string message = fmt::format("{}: HTTP {}{}{}{}", head.url, status, reason(status),
                                          said.empty() ? "" : ": ", said.substr(0, 300));
  const bool again = status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
  return {Error(status == 404 || status == 410 ? ErrorCode::kNotFound : ErrorCode::kNetwork, message),
          again ? RetryKind::kYes : RetryKind::kNever, status, again ? asked_to_wait(head) : std::nullopt};
}

HttpFailure never(Error error) {
  return {std::move(error)};
}

/// Keeps a body in memory, up to a limit.
class SmallBody : public HttpSink {
 public:
  explicit SmallBody(uint64_t max_bytes) : max_bytes_(max_bytes) {}
  Status begin(const HttpHead& head) override {
    url_ = head.url;
    text_.clear();
    return {};
  }
  Status write(std::span<const uint8_t> bytes) override {
    if (bytes.size() > max_bytes_ - text_.size()) {
      return fail(ErrorCode::kBadFile, "{}: the answer is longer than the {} bytes allowed here", url_,
                  max_bytes_);
    }
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::string take() { return std::move(text_); }

 private:
  uint64_t max_bytes_;
  std::string url_, text_;
};

}  // namespace

std::string_view HttpHead::header(std::string_view name) const {
  return find_header(headers, name);
}

std::string_view HttpHead::origin_header(std::string_view name) const {
  return find_header(origin_headers, name);
}

struct HttpClient::Handles {
  HttpOptions options;
  CURL* easy = curl().easy_init();
  CURLM* multi = curl().multi_init();  // keeps connections open from one request to the next
  ~Handles() {
    curl().easy_cleanup(easy);
    curl().multi_cleanup(multi);
  }
};

HttpClient::HttpClient(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

const HttpOptions& HttpClient::options() const {
  return handles_->options;
}

Result<HttpClient> HttpClient::create(HttpOptions options) {
  TERN_TRY(load_curl());
  auto handles = std::make_unique<Handles>();
  if (handles->easy == nullptr || handles->multi == nullptr) {
    return fail(ErrorCode::kOutOfMemory, "out of memory");
  }
  handles->options = std::move(options);
  return HttpClient(std::move(handles));
}

HttpResult HttpClient::get(const HttpRequest& request, HttpSink* sink) {
  HttpResult result = follow(request, sink);
  if (result) {
    result->url = without(std::move(result->url), request.token);
  } else {
    const Error& error = result.error().error;
    result.error().error = Error(error.code(), without(error.message(), request.token));
  }
  return result;
}

HttpResult HttpClient::follow(const HttpRequest& request, HttpSink* sink) {
  HttpHop hop{request.url};
  for (int i = 0; i <= kMaxRedirects; ++i) {
    HttpTransfer transfer(handles_->easy, handles_->options, request, hop, sink);
    HttpResult head = transfer.run(handles_->multi);
    if (!head || head->status / 100 == 2) return head;
    const std::string location(head->header("location"));
    if (!is_redirect(head->status) || location.empty()) return tl::unexpected(refused(*head, request.token));
    Result<Url> next = hop.url.redirected_to(location);
    if (!next) return tl::unexpected(never(next.error()));
    if (hop.at_origin) hop.origin_headers = std::move(head->headers);
    hop.at_origin = hop.at_origin && next->same_origin(request.url);
    hop.url = std::move(*next);
  }
  return tl::unexpected(never(Error(
      ErrorCode::kNetwork, fmt::format("{}: more than {} redirects", request.url.shown(), kMaxRedirects))));
}

tl::expected<std::string, HttpFailure> HttpClient::get_small(HttpRequest request, uint64_t max_bytes) {
  SmallBody body(max_bytes);
  Retrier retrier(handles_->options.retry);
  while (true) {
    const HttpResult result = get(request, &body);
    if (result) return body.take();
    if (const Status again = retrier.wait(result.error()); !again) {
      HttpFailure failure = result.error();
      failure.error = again.error();
      return tl::unexpected(std::move(failure));
    }
    request.new_connection = true;
  }
}

}  // namespace tern
