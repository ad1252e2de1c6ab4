#include "convert/hub_fetch.h"

#include <sys/stat.h>

#include <optional>

#include "base/file_lock.h"
#include "base/log.h"
#include "base/progress.h"
#include "convert/part_file.h"

namespace tern {
namespace {

/// An attempt that brought so much was none in vain: the count of attempts begins again.
constexpr uint64_t kBytesOfProgress = uint64_t{1} << 20;

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

uint64_t file_size(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

/// The file that is there, if it is the one to fetch.
Result<std::optional<FetchedFile>> find_present(const HubFetch& fetch, const std::string& key) {
  if (fetch.again || !exists(fetch.paths.final)) return std::nullopt;
  if (const auto sha256 = recorded_sha256(fetch.paths, fetch.file, key)) {
    return FetchedFile{file_size(fetch.paths.final), *sha256, true};
  }
  const bool checkable = !fetch.file.sha256.empty() || !fetch.file.git_sha1.empty();
  if (checkable) {
    const auto sha256 = check_content(fetch.paths.final, fetch.file);
    if (sha256) {
      TERN_TRY(write_record(fetch.paths, key, *sha256));
      return FetchedFile{file_size(fetch.paths.final), *sha256, true};
    }
    if (sha256.error().code() == ErrorCode::kInterrupted) return tl::unexpected<Error>(sha256.error());
  }
  if (fetch.replace) return std::nullopt;
  return fail(ErrorCode::kInvalidArgument,
              "{}: is there and is not what the hub has under that name: --force replaces it",
              fetch.paths.final);
}

HttpFailure too_short(const PartFile& part, const HttpHead& head) {
  return {Error(ErrorCode::kNetwork, fmt::format("{}: the answer ended after {} of {} bytes", head.url,
                                                 part.position(), *part.file().size)),
          RetryKind::kYes};
}

/// Until every byte is there, or attempts are used up.
Status receive(HttpClient* client, const HubFetch& fetch, PartFile* part, std::optional<Progress>* progress) {
  Retrier retrier(client->options().retry);
  HttpRequest whole = fetch.request;
  uint64_t reached = part->position();  // also before a restart: what has come once is no progress
  while (!part->complete()) {
    const uint64_t before = part->position();
    HttpRequest request = whole;
    TERN_TRY(part->ask_for_rest(&request));
    const HttpResult result = client->get(request, part);
    progress->reset();
    if (part->complete() && result) break;
    HttpFailure failure = result ? too_short(*part, *result) : result.error();
    if (before > 0 && (part->must_restart() || failure.status == 416)) {
      TERN_TRY(part->restart());
      failure.retry = RetryKind::kYes;
    } else if (part->wrong_answer()) {
      failure.retry = RetryKind::kYes;
    } else if (part->position() >= reached + kBytesOfProgress) {
      reached = part->position();
      retrier.start_again();
    }
    if (const Status again = retrier.wait(failure); !again) {
      failure.error = again.error();
      return tl::unexpected<Error>(fetch.explain(failure));
    }
    whole.new_connection = true;
  }
  return {};
}

/// receive(), and the checksum of what came; once more from the start if bytes of several answers disagree.
Result<std::string> receive_checked(HttpClient* client, const HubFetch& fetch, PartFile* part,
                                    std::optional<Progress>* progress) {
  for (bool once_more = true;; once_more = false) {
    if (const Status received = receive(client, fetch, part, progress); !received) {
      if (received.error().code() == ErrorCode::kBadFile) part->discard();
      return tl::unexpected<Error>(received.error());
    }
    auto sha256 = check_content(fetch.paths.part, part->file());
    if (sha256 || sha256.error().code() != ErrorCode::kBadFile) return sha256;
    if (!part->joined() || !once_more) {
      part->discard();
      return sha256;
    }
    warn("{}; fetching all of it again", sha256.error().message());
    TERN_TRY(part->restart());
  }
}

}  // namespace

Result<FetchedFile> fetch_hub_file(HttpClient* client, const HubFetch& fetch) {
  TERN_TRY(fetch.paths.create_folders());
  TERN_ASSIGN(const FileLock lock, FileLock::acquire(fetch.paths.lock, [&] {
                log_info(fmt::format("waiting for another process that fetches {} (it holds {})",
                                     printable(fetch.file.name), fetch.paths.lock));
              }));
  const std::string key = content_key(fetch.file, fetch.commit);
  TERN_ASSIGN(const std::optional<FetchedFile> present, find_present(fetch, key));
  if (present) return *present;

  std::optional<Progress> progress;
  TERN_ASSIGN(const auto part,
              PartFile::open(fetch.paths, fetch.file, fetch.commit, [&](uint64_t position, uint64_t size) {
                if (!progress) progress.emplace(fetch.file.name, size, position);
                progress->update(position);
              }));
  TERN_ASSIGN(const std::string sha256, receive_checked(client, fetch, part.get(), &progress));
  TERN_TRY(part->publish());
  TERN_TRY(write_record(fetch.paths, key, sha256));
  return FetchedFile{part->position(), sha256, false};
}

}  // namespace tern
