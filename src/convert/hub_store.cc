#include "convert/hub_store.h"

#include <sys/stat.h>

#include <filesystem>

#include "base/atomic_file.h"
#include "base/environment.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mmap.h"
#include "base/progress.h"
#include "convert/hub_names.h"
#include "net/digest.h"

namespace tern {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxRecordBytes = 65536;

/// When the file was written last, as text: the numbers of JSON are too small for some file systems' times.
std::optional<std::string> modification_time(const std::string& path, uint64_t* size) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  *size = static_cast<uint64_t>(info.st_size);
  return fmt::format("{}.{:09}", info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

}  // namespace

Result<std::string> pull_cache_folder(const std::string& given) {
  if (!given.empty()) return given;
  if (const std::string cache = environment("TERN_CACHE"); !cache.empty()) return cache;
  if (const std::string cache = user_folder("XDG_CACHE_HOME", ".cache"); !cache.empty()) return cache;
  return fail(ErrorCode::kInvalidArgument,
              "there is no place for files: HOME is not set; give --cache DIR or -o DIR, or set TERN_CACHE");
}

std::string hub_folder(const std::string& cache, std::string_view repo, std::string_view commit) {
  const size_t slash = repo.find('/');
  return fmt::format("{}/hub/{}--{}/{}", cache, repo.substr(0, slash), repo.substr(slash + 1), commit);
}

StoredPaths::StoredPaths(const std::string& folder, const std::string& name)
    : final(fmt::format("{}/{}", folder, name)),
      part(fmt::format("{}/{}/{}.part", folder, kPullStateFolder, name)),
      state(part + ".json"),
      record(fmt::format("{}/{}/{}.done.json", folder, kPullStateFolder, name)),
      lock(fmt::format("{}/{}/{}.lock", folder, kPullStateFolder, name)) {}

Status StoredPaths::create_folders() const {
  for (const std::string& path : {final, part}) {
    const fs::path folder = fs::path(path).parent_path();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      return fail(ErrorCode::kIo, "{}: cannot make this folder: {}", folder.string(), error.message());
    }
  }
  return {};
}

std::string content_key(const HubFile& file, std::string_view commit) {
  if (!file.sha256.empty()) return "sha256:" + file.sha256;
  if (!file.git_sha1.empty()) return "git:" + file.git_sha1;
  return fmt::format("commit:{}", commit);
}

std::optional<std::string> recorded_sha256(const StoredPaths& paths, const HubFile& file,
                                           std::string_view key) {
  uint64_t size = 0;
  const auto time = modification_time(paths.final, &size);
  if (!time || (file.size && *file.size != size)) return {};
  const auto text = read_small_file(paths.record, kMaxRecordBytes);
  if (!text) return {};
  const auto json = parse_json(*text, paths.record);
  if (!json) return {};
  const auto field = [&](const char* name) {
    return json_string(*json, name, paths.record).value_or(std::nullopt).value_or("");
  };
  std::string sha256 = field("sha256");
  if (field("content") != key || field("modified") != *time || !is_hex(sha256, 64)) return {};
  return sha256;
}

Status write_record(const StoredPaths& paths, std::string_view key, std::string_view sha256) {
  uint64_t size = 0;
  const auto time = modification_time(paths.final, &size);
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(paths.record));
  TERN_TRY(file.write(dump_json({{"content", key}, {"sha256", sha256}, {"modified", time.value_or("")}})));
  return file.commit();
}

Result<std::string> check_content(const std::string& path, const HubFile& file) {
  TERN_ASSIGN(const MappedFile mapped, MappedFile::open(path));
  const std::span<const uint8_t> bytes = mapped.bytes();
  if (file.size && *file.size != bytes.size()) {
    return fail(ErrorCode::kBadFile, "{}: {} bytes, not the {} of {}", path, bytes.size(), *file.size,
                file.name);
  }
  Digest sha256(DigestKind::kSha256), git(DigestKind::kSha1);
  git.update(fmt::format("blob {}", bytes.size()));
  git.update(std::string_view("\0", 1));
  Progress progress("checking " + file.name, bytes.size());
  constexpr size_t kPiece = size_t{1} << 20;
  for (size_t i = 0; i < bytes.size(); i += kPiece) {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    const auto piece = bytes.subspan(i, std::min(kPiece, bytes.size() - i));
    sha256.update(piece);
    if (!file.git_sha1.empty()) git.update(piece);
    release_pages(piece);
    progress.update(i);
  }
  std::string found = sha256.hex();
  if (!file.sha256.empty() && found != file.sha256) {
    return fail(ErrorCode::kBadFile, "{}: its SHA-256 is {}, not the {} that the hub gives for {}", path,
                found, file.sha256, file.name);
  }
  if (const std::string name = git.hex(); !file.git_sha1.empty() && name != file.git_sha1) {
    return fail(ErrorCode::kBadFile, "{}: its git checksum is {}, not the {} that the hub gives for {}", path,
                name, file.git_sha1, file.name);
  }
  return found;
}

}  // namespace tern
