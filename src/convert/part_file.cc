#include "convert/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/atomic_file.h"
#include "base/json.h"
#include "base/mmap.h"
#include "base/temporary.h"
#include "net/digest.h"

namespace tern {
namespace {

constexpr uint64_t kMaxStateBytes = 65536;

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

/// `bytes FIRST-LAST/TOTAL`, where TOTAL may be `*`.
struct ContentRange {
  std::optional<uint64_t> first, total;
  explicit ContentRange(std::string_view text) {
    const size_t dash = text.find('-'), slash = text.find('/');
    if (!text.starts_with("bytes ") || dash == text.npos || slash == text.npos || slash < dash) return;
    first = number(text.substr(6, dash - 6));
    total = number(text.substr(slash + 1));
  }
};

/// An ETag that promises the same bytes; weak ones do not.
std::string strong_etag(std::string_view etag) {
  return etag.size() >= 2 && etag.size() < 1024 && etag.front() == '"' ? std::string(etag) : std::string();
}

}  // namespace

PartFile::~PartFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status PartFile::io_error(std::string_view what) const {
  const char* const reason = std::strerror(errno);
  if (position_ == 0) return fail(ErrorCode::kIo, "{}: {}: {}", paths_.part, what, reason);
  return fail(ErrorCode::kIo, "{}: {}: {}; {} bytes of {} are there, and the next pull goes on from them",
              paths_.part, what, reason, position_, file_.name);
}

Result<std::unique_ptr<PartFile>> PartFile::open(const StoredPaths& paths, const HubFile& file,
                                                 std::string commit, OnProgress on_progress) {
  std::unique_ptr<PartFile> part(new PartFile(paths, file, std::move(commit), std::move(on_progress)));
  TERN_TRY(part->open_file());
  return part;
}

Status PartFile::open_file() {
  fd_ = ::open(paths_.part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0) return io_error("cannot open");
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kIo, "{}: is in the way: remove it", paths_.part);
  position_ = static_cast<uint64_t>(info.st_size);
  const bool same_content = read_state();
  if (position_ > 0 && (!same_content || !can_be_continued())) return restart();
  joined_ = position_ > 0;
  return ::lseek(fd_, 0, SEEK_END) < 0 ? io_error("cannot seek") : Status();
}

bool PartFile::can_be_continued() const {
  const bool checkable = !file_.sha256.empty() || !file_.git_sha1.empty() || !etag_.empty();
  return checkable && (!file_.size || position_ <= *file_.size);
}

/// Whether the bytes that are there are of this content; reads their ETag.
bool PartFile::read_state() {
  const auto text = read_small_file(paths_.state, kMaxStateBytes);
  if (!text) return false;
  const auto json = parse_json(*text, paths_.state);
  if (!json) return false;
  const auto field = [&](const char* name) {
    return json_string(*json, name, paths_.state).value_or(std::nullopt).value_or("");
  };
  etag_ = strong_etag(field("etag"));
  return field("content") == key_;
}

Status PartFile::write_state() {
  TERN_ASSIGN(AtomicFile state, AtomicFile::create(paths_.state));
  TERN_TRY(state.write(dump_json({{"content", key_}, {"etag", etag_}})));
  return state.commit();
}

Status PartFile::ask_for_rest(HttpRequest* request) {
  must_restart_ = wrong_answer_ = false;
  if (position_ > 0 && !can_be_continued()) TERN_TRY(restart());
  asked_for_rest_ = position_ > 0;
  if (!asked_for_rest_) return {};
  request->range_begin = position_;
  request->if_range = etag_;
  return {};
}

Status PartFile::restart() {
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) return io_error("cannot truncate");
  position_ = 0;
  etag_.clear();
  joined_ = must_restart_ = false;
  return {};
}

/// What the head says of the whole file: `total` bytes, and what the hub adds. kBadFile when that is not what
/// was listed.
Status PartFile::learn(const HttpHead& head, std::optional<uint64_t> total) {
  const std::string_view commit = head.origin_header("x-repo-commit");
  if (!commit.empty() && commit != commit_) {
    return fail(ErrorCode::kBadFile, "{}: {} comes from commit {}, not from {}", head.url, file_.name, commit,
                commit_);
  }
  std::string_view linked = head.origin_header("x-linked-etag");
  linked = linked.size() == 66 ? linked.substr(1, 64) : std::string_view();  // without its quotes
  if (file_.sha256.empty() && file_.git_sha1.empty() && is_hex(linked, 64)) file_.sha256 = linked;
  const auto linked_size = number(head.origin_header("x-linked-size"));
  for (const auto& size : {linked_size, total}) {
    if (!size) continue;
    if (!file_.size) file_.size = size;
    // Fewer may be a proxy's fault; the rest is asked for again.
    if (*size > *file_.size || (size == linked_size && *size != *file_.size)) {
      return fail(ErrorCode::kBadFile, "{}: {} has {} bytes by its listing and {} by this answer: refused",
                  head.url, file_.name, *file_.size, *size);
    }
  }
  if (!file_.size) {
    return fail(ErrorCode::kBadFile, "{}: neither the listing nor the answer says how long {} is", head.url,
                file_.name);
  }
  if (position_ <= *file_.size) return {};
  must_restart_ = true;
  return fail(ErrorCode::kNetwork,
              "{}: {} has {} bytes, fewer than the {} that have come: it was another file", head.url,
              file_.name, *file_.size, position_);
}

Status PartFile::begin(const HttpHead& head) {
  if (head.status == 206) return begin_rest(head);
  if (head.status != 200) {
    return fail(ErrorCode::kNetwork, "{}: HTTP {} where a file should be", head.url, head.status);
  }
  const auto length = number(head.header("content-length"));
  if (position_ > 0 && length && file_.size && *length != *file_.size) {
    wrong_answer_ = true;  // somebody else's page, say: no reason to lose what is there
    return fail(ErrorCode::kNetwork, "{}: answers with {} bytes, not with the {} of {}", head.url, *length,
                *file_.size, file_.name);
  }
  TERN_TRY(restart());  // the server knows no ranges, or the file is another than before
  TERN_TRY(learn(head, length));
  etag_ = strong_etag(head.header("etag"));
  return write_state();
}

Status PartFile::begin_rest(const HttpHead& head) {
  const ContentRange range(head.header("content-range"));
  const std::string etag = strong_etag(head.header("etag"));
  must_restart_ = asked_for_rest_;
  if (!asked_for_rest_ || range.first != position_) {
    return fail(ErrorCode::kNetwork, "{}: answered another range of {} than the one asked for", head.url,
                file_.name);
  }
  if (!etag_.empty() && !etag.empty() && etag != etag_) {
    return fail(ErrorCode::kNetwork, "{}: {} has changed since its first {} bytes came", head.url, file_.name,
                position_);
  }
  must_restart_ = false;
  joined_ = true;
  return learn(head, range.total);
}

Status PartFile::write(std::span<const uint8_t> bytes) {
  if (bytes.size() > *file_.size - position_) {
    return fail(ErrorCode::kBadFile, "the server sends more than the {} bytes of {}: refused", *file_.size,
                file_.name);
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("cannot write");
    bytes = bytes.subspan(static_cast<size_t>(written));
    position_ += static_cast<uint64_t>(written);
  }
  on_progress_(position_, *file_.size);
  return {};
}

Status PartFile::publish() {
  if (::fsync(fd_) != 0) return io_error("cannot write");
  if (std::rename(paths_.part.c_str(), paths_.final.c_str()) != 0) {
    return fail(ErrorCode::kIo, "{}: cannot rename into place: {}", paths_.final, std::strerror(errno));
  }
  ::unlink(paths_.state.c_str());
  return sync_folder(folder_of(paths_.final));
}

void PartFile::discard() {
  ::unlink(paths_.part.c_str());
  ::unlink(paths_.state.c_str());
}

}  // namespace tern
