#pragma once
// GET over libcurl. One thread; an answer streams into a sink, so that its size does not matter.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/retry.h"
#include "net/url.h"

namespace tern {

struct HttpOptions {
  std::string user_agent = "tern";
  RetryPolicy retry;
  std::chrono::seconds connect_timeout{15};
  std::chrono::seconds stall_timeout{30};  ///< an answer slower than 1 kB/s for so long is given up
  std::string ca_file;                     ///< certificates to trust instead of the system's
};

struct HttpRequest {
  Url url;
  /// Sent as `Authorization: Bearer` to the origin of `url`, and no further once a redirect has left it.
  std::string token = {};
  std::optional<uint64_t> range_begin = {};  ///< asks for the bytes from here on
  std::string if_range = {};                 ///< the ETag that they must belong to
  /// After a failure: what an earlier answer left unread on a connection that is kept would be taken for this
  /// one's.
  bool new_connection = false;
};

/// The head of an answer.
struct HttpHead {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  int status = 0;
  std::string url;         ///< as shown in messages; of the last redirect's target
  Headers headers;         ///< names in lower case
  Headers origin_headers;  ///< those of the origin asked: of its redirect, where it gave one
  /// The value of header `name` (lower case); empty when there is none.
  std::string_view header(std::string_view name) const;
  std::string_view origin_header(std::string_view name) const;
};

/// Takes the body of a successful answer. An error ends the transfer and is its result.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  /// Called first, once for an answer of status 2xx.
  virtual Status begin(const HttpHead& head) = 0;
  virtual Status write(std::span<const uint8_t> bytes) = 0;
};

using HttpResult = tl::expected<HttpHead, HttpFailure>;

class HttpClient {
 public:
  /// kUnsupported without libcurl.
  static Result<HttpClient> create(HttpOptions options);
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  /// One attempt: follows redirects, streams the body of a 2xx into `sink`. A failure's error names the URL;
  /// the token is neither in it nor in the head's.
  HttpResult get(const HttpRequest& request, HttpSink* sink);
  /// A whole answer of at most `max_bytes` (kBadFile when it is larger), with attempts as the policy says.
  tl::expected<std::string, HttpFailure> get_small(HttpRequest request, uint64_t max_bytes);
  const HttpOptions& options() const;

 private:
  struct Handles;
  HttpResult follow(const HttpRequest& request, HttpSink* sink);
  explicit HttpClient(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

}  // namespace tern
