#include "net/http_transfer.h"

#include <algorithm>

#include "base/interrupt.h"

namespace tern {
namespace {

constexpr uint64_t kMaxHeaderBytes = 65536;
constexpr uint64_t kMaxDiscardedBytes = 65536;  // of an error page, so that the connection can be kept
constexpr long kSlowestBytesPerSecond = 1000;
constexpr int kPollMilliseconds = 100;

RetryKind retry_kind(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return RetryKind::kConnect;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return RetryKind::kYes;
    default:
      return RetryKind::kNever;
  }
}

std::string_view remedy(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return ": check the network, the proxy (https_proxy) and the address";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ": install ca-certificates, or name the certificates to trust in SSL_CERT_FILE";
    default:
      return "";
  }
}

}  // namespace

HttpTransfer::HttpTransfer(CURL* easy, const HttpOptions& options, const HttpRequest& request,
                           const HttpHop& hop, HttpSink* sink)
    : easy_(easy), sink_(sink), hop_(hop) {
  head_.url = hop.url.shown();
  set_options(options);
  set_request(request);
}

HttpTransfer::~HttpTransfer() {
  curl().slist_free_all(lines_);
}

void HttpTransfer::add_header(const std::string& line) {
  curl_slist* const longer = curl().slist_append(lines_, line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  lines_ = longer;
}

void HttpTransfer::set_options(const HttpOptions& options) {
  curl().easy_reset(easy_);
  curl().easy_setopt(easy_, CURLOPT_URL, hop_.url.text().c_str());
  curl().easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(easy_, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // a Ctrl-C does not wait for a name server
  curl().easy_setopt(easy_, CURLOPT_BUFFERSIZE, 256L << 10);
  curl().easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_timeout.count()));
  curl().easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
  curl().easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  if (hop_.url.local())
    curl().easy_setopt(easy_, CURLOPT_NOPROXY, "*");  // else http would leave this machine
  if (!options.ca_file.empty()) curl().easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  curl().easy_setopt(easy_, CURLOPT_ERRORBUFFER, message_);
  curl().easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &HttpTransfer::header_callback);
  curl().easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl().easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &HttpTransfer::body_callback);
  curl().easy_setopt(easy_, CURLOPT_WRITEDATA, this);
}

void HttpTransfer::set_request(const HttpRequest& request) {
  add_header("Accept-Encoding: identity");  // lengths and checksums are those of the file itself
  if (hop_.at_origin && !request.token.empty()) add_header("Authorization: Bearer " + request.token);
  if (request.range_begin) {
    curl().easy_setopt(easy_, CURLOPT_RANGE, fmt::format("{}-", *request.range_begin).c_str());
    if (!request.if_range.empty()) add_header("If-Range: " + request.if_range);
  }
  curl().easy_setopt(easy_, CURLOPT_HTTPHEADER, lines_);
  curl().easy_setopt(easy_, CURLOPT_FRESH_CONNECT, request.new_connection ? 1L : 0L);
}

size_t HttpTransfer::header_callback(char* data, size_t size, size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->on_header({data, size * count});
}

size_t HttpTransfer::body_callback(char* data, size_t size, size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->on_body({reinterpret_cast<const uint8_t*>(data), size * count});
}

size_t HttpTransfer::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    own_refusal_ = fmt::format("the headers of the answer are longer than {} bytes", kMaxHeaderBytes);
    return 0;
  }
  if (begun_) return line.size();                        // a trailer
  if (line.starts_with("HTTP/")) head_.headers.clear();  // what came before was a "100 Continue"
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();  // the status line and the empty one
  std::string name(line.substr(0, colon));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string_view value = line.substr(colon + 1);
  const size_t first = value.find_first_not_of(" \t\r\n");
  value = first == std::string_view::npos ? std::string_view() : value.substr(first);
  value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
  head_.headers.emplace_back(std::move(name), value);
  return line.size();
}

Status HttpTransfer::begin_body() {
  begun_ = true;
  head_.origin_headers = hop_.at_origin ? head_.headers : hop_.origin_headers;
  const std::string_view encoding = head_.header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return fail(ErrorCode::kNetwork, "{}: the answer is compressed ({}), which was not asked for", head_.url,
                encoding);
  }
  return sink_->begin(head_);
}

size_t HttpTransfer::on_body(std::span<const uint8_t> bytes) {
  long status = 0;
  curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  head_.status = static_cast<int>(status);
  if (status / 100 != 2) {
    discarded_ += bytes.size();
    return discarded_ > kMaxDiscardedBytes ? 0 : bytes.size();
  }
  if (!begun_) sink_status_ = begin_body();
  if (sink_status_) sink_status_ = sink_->write(bytes);
  return sink_status_ ? bytes.size() : 0;
}

HttpFailure HttpTransfer::failure(CURLcode code) const {
  const char* const reason = message_[0] != '\0' ? message_ : curl().easy_strerror(code);
  return {Error(ErrorCode::kNetwork, fmt::format("{}: {}{}", head_.url, reason, remedy(code))),
          retry_kind(code)};
}

/// Polled, because a signal that comes just before a blocking call would not end it.
tl::expected<CURLcode, HttpFailure> HttpTransfer::wait_for(CURLM* multi) {
  int running = 1;
  while (running > 0) {
    if (interrupted()) return tl::unexpected(HttpFailure{Error(ErrorCode::kInterrupted, "interrupted")});
    CURLMcode code = curl().multi_perform(multi, &running);
    if (code == CURLM_OK && running > 0)
      code = curl().multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
    if (code != CURLM_OK) {
      return tl::unexpected(
          HttpFailure{Error(ErrorCode::kInternal, fmt::format("libcurl: {}", curl().multi_strerror(code)))});
    }
  }
  int left = 0;
  const CURLMsg* const message = curl().multi_info_read(multi, &left);
  return message == nullptr ? CURLE_FAILED_INIT : message->data.result;
}

HttpResult HttpTransfer::run(CURLM* multi) {
  curl().multi_add_handle(multi, easy_);
  const auto code = wait_for(multi);
  long status = 0;
  curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  head_.status = static_cast<int>(status);
  curl().multi_remove_handle(multi, easy_);
  if (!code) return tl::unexpected(code.error());
  if (!sink_status_) return tl::unexpected(HttpFailure{sink_status_.error()});
  if (!own_refusal_.empty()) {
    return tl::unexpected(
        HttpFailure{Error(ErrorCode::kNetwork, fmt::format("{}: {}", head_.url, own_refusal_))});
  }
  const bool broke_off_error_page = *code == CURLE_WRITE_ERROR && discarded_ > kMaxDiscardedBytes;
  if (*code != CURLE_OK && !broke_off_error_page) return tl::unexpected(failure(*code));
  if (status / 100 == 2 && !begun_) {  // an empty body
    if (const Status begun = begin_body(); !begun) return tl::unexpected(HttpFailure{begun.error()});
  }
  return std::move(head_);
}

}  // namespace tern
