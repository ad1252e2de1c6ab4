#pragma once
// One exchange with one server, under http_client.h.
#include "net/curl_api.h"
#include "net/http_client.h"

namespace tern {

/// A server on the way from the request to its answer.
struct HttpHop {
  Url url;
  bool at_origin = true;                  ///< no redirect has left the origin of the request yet
  HttpHead::Headers origin_headers = {};  ///< of the redirect that left it
};

/// What libcurl calls back into while an answer arrives.
class HttpTransfer {
 public:
  HttpTransfer(CURL* easy, const HttpOptions& options, const HttpRequest& request, const HttpHop& hop,
               HttpSink* sink);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  /// Runs it on `multi`. Any status is a head; a failure is one of the way or of the sink.
  HttpResult run(CURLM* multi);

 private:
  void set_options(const HttpOptions& options);
  void set_request(const HttpRequest& request);
  void add_header(const std::string& line);
  size_t on_header(std::string_view line);
  size_t on_body(std::span<const uint8_t> bytes);
  Status begin_body();
  tl::expected<CURLcode, HttpFailure> wait_for(CURLM* multi);
  HttpFailure failure(CURLcode code) const;
  static size_t header_callback(char* data, size_t size, size_t count, void* self);
  static size_t body_callback(char* data, size_t size, size_t count, void* self);

  CURL* easy_;
  HttpSink* sink_;
  const HttpHop& hop_;
  HttpHead head_;
  curl_slist* lines_ = nullptr;
  std::string own_refusal_;  ///< why we broke off what libcurl was content with
  char message_[CURL_ERROR_SIZE] = {};
  Status sink_status_;
  uint64_t header_bytes_ = 0, discarded_ = 0;
  bool begun_ = false;
};

}  // namespace tern
