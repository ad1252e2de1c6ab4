#include "convert/pull.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/checked_math.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/mmap.h"
#include "convert/hub_listing.h"
#include "convert/hub_names.h"

namespace tern {
namespace {

constexpr uint64_t kMaxListingBytes = uint64_t{16} << 20;
constexpr uint64_t kMaxTokenBytes = 4096;

std::optional<int64_t> environment_number(const char* name) {
  const std::string text = environment(name);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > 3'600'000) return {};
  return value;
}

/// Where the hub is, and who we are to it.
struct Hub {
  Url endpoint;
  std::string token;
  std::string base() const {
    std::string text = endpoint.text();
    while (text.ends_with('/')) text.pop_back();
    return text;
  }
  Result<HttpRequest> request(const std::string& path) const {
    TERN_ASSIGN(Url url, Url::parse(base() + path));
    return HttpRequest{std::move(url), token};
  }
};

Result<Hub> open_hub(const PullOptions& options) {
  std::string address = options.endpoint.empty() ? environment("HF_ENDPOINT") : options.endpoint;
  if (address.empty()) address = "https://huggingface.co";
  Result<Url> endpoint = Url::parse(address);
  if (!endpoint) return tl::unexpected(endpoint.error().with_context("--endpoint or HF_ENDPOINT"));
  if (endpoint->has_query()) {
    return fail(ErrorCode::kInvalidArgument, "--endpoint {}: give an address without ? and #",
                endpoint->shown());
  }
  Hub hub{std::move(*endpoint), {}};
  TERN_ASSIGN(hub.token, hub_token());
  if (!hub.token.empty() && !hub.endpoint.confidential()) {
    warn("{}: the token is not sent, since anybody on the way could read it: use https",
         hub.endpoint.shown());
    hub.token.clear();
  }
  return hub;
}

/// What a user can do about a status, in the terms of a hub.
Error hub_error(const HttpFailure& failure, const Hub& hub, std::string_view what) {
  Error error = failure.error.with_context(what);
  const auto with = [&](std::string_view remedy) {
    return Error(error.code(), fmt::format("{}: {}", error.message(), remedy));
  };
  switch (failure.status) {
    case 401:
    case 403:
      return with(hub.token.empty()
                      ? "there is no such model, or it is private or gated: check its name, or set HF_TOKEN"
                      : "the token may not read this: check the model's name, accept its terms on its page, "
                        "or set another HF_TOKEN");
    case 404:
      return with("check its name and --revision");
    case 429:
      return with("wait and try again; a token (HF_TOKEN) is granted more");
    default:
      return error;
  }
}

Result<HubListing> list_files(HttpClient* client, const Hub& hub, const PullOptions& options) {
  const std::string path =
      fmt::format("/api/models/{}/revision/{}?blobs=true", options.repo, escape_url_part(options.revision));
  TERN_ASSIGN(const HttpRequest request, hub.request(path));
  const auto text = client->get_small(request, kMaxListingBytes);
  if (!text) {
    return tl::unexpected(
        hub_error(text.error(), hub, fmt::format("{} at revision {}", options.repo, options.revision)));
  }
  return parse_hub_listing(*text, request.url.shown());
}

std::string escape_path(std::string_view path) {
  std::string escaped;
  while (true) {
    const size_t end = std::min(path.find('/'), path.size());
    escaped += escape_url_part(path.substr(0, end));
    if (end == path.size()) return escaped;
    escaped += '/';
    path.remove_prefix(end + 1);
  }
}

/// Bytes of the file at `path` that need no room any more.
uint64_t bytes_there(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

/// kIo when the disk cannot hold what is missing.
Status check_space(const std::string& folder, const std::vector<HubFetch>& fetches) {
  uint64_t needed = 0;
  for (const HubFetch& fetch : fetches) {
    const uint64_t size = fetch.file.size.value_or(0);
    const bool there = !fetch.again && bytes_there(fetch.paths.final) == size;
    const uint64_t missing = there ? 0 : size - std::min(size, bytes_there(fetch.paths.part));
    needed = checked_add(needed, missing).value_or(UINT64_MAX);
  }
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return {};  // then the writing itself must show it
  const uint64_t available = checked_mul<uint64_t>(disk.f_bavail, disk.f_frsize).value_or(UINT64_MAX);
  if (needed <= available) return {};
  return fail(ErrorCode::kIo,
              "{}: {} bytes are to come and {} are free: make room, or choose another place by --cache or -o",
              folder, needed, available);
}

/// They refer to `hub` and `options`.
Result<std::vector<HubFetch>> plan(const Hub& hub, const PullOptions& options, const std::string& folder,
                                   const std::string& commit, const HubSelection& selection) {
  std::vector<HubFetch> fetches;
  for (const HubFile& file : selection.files) {
    TERN_ASSIGN(HttpRequest request,
                hub.request(fmt::format("/{}/resolve/{}/{}", options.repo, commit, escape_path(file.name))));
    const auto explain = [&hub, &options](const HttpFailure& failure) {
      return hub_error(failure, hub, options.repo);
    };
    fetches.push_back({file, commit, std::move(request), StoredPaths(folder, file.name), explain,
                       options.force, options.force || options.output.empty()});
    TERN_TRY(fetches.back().paths.create_folders());
  }
  return fetches;
}

}  // namespace

Result<std::string> hub_token() {
  std::string token = environment("HF_TOKEN"), source = "HF_TOKEN";
  if (token.empty()) {
    const std::string home = environment("HOME");
    source = home + "/.cache/huggingface/token";
    if (home.empty()) return std::string();
    token = read_small_file(source, kMaxTokenBytes).value_or("");
  }
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) {
    token.pop_back();
  }
  const auto allowed = [](char c) { return c > ' ' && c < 0x7f; };
  if (token.size() > kMaxTokenBytes || !std::all_of(token.begin(), token.end(), allowed)) {
    return fail(ErrorCode::kInvalidArgument,
                "{} is no token: it is too long or holds spaces or control characters", source);
  }
  return token;
}

HttpOptions http_options_from_environment(std::string user_agent) {
  HttpOptions options;
  options.user_agent = std::move(user_agent);
  options.ca_file = environment("SSL_CERT_FILE");
  if (const auto ms = environment_number("TERN_NET_BACKOFF_MS")) options.retry.base = Milliseconds(*ms);
  if (const auto s = environment_number("TERN_NET_STALL_S")) options.stall_timeout = std::chrono::seconds(*s);
  return options;
}

Result<PullResult> pull_model(const PullOptions& options) {
  TERN_TRY(check_hub_repo(options.repo));
  TERN_TRY(check_hub_revision(options.revision));
  std::string cache;
  if (options.output.empty()) {
    TERN_ASSIGN(cache, pull_cache_folder(options.cache));
  }
  TERN_ASSIGN(const Hub hub, open_hub(options));
  TERN_ASSIGN(HttpClient client, HttpClient::create(options.http));
  TERN_ASSIGN(const HubListing listing, list_files(&client, hub, options));
  const auto selection = select_hub_files(listing, options.files);
  if (!selection) return tl::unexpected(selection.error().with_context(options.repo));

  const std::string folder =
      options.output.empty() ? hub_folder(cache, options.repo, listing.commit) : options.output;
  TERN_ASSIGN(const auto fetches, plan(hub, options, folder, listing.commit, *selection));
  TERN_TRY(check_space(folder, fetches));
  PullResult result{selection->folder ? folder : fetches.front().paths.final, listing.commit, {}};
  for (const HubFetch& fetch : fetches) {
    auto fetched = fetch_hub_file(&client, fetch);
    if (!fetched) return tl::unexpected(fetched.error());
    result.files.push_back({fetch.file.name, std::move(*fetched)});
  }
  return result;
}

}  // namespace tern
