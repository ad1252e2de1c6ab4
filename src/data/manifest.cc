#include "data/manifest.h"

#include "base/mmap.h"
#include "net/digest.h"

namespace tern {
namespace {

constexpr uint64_t kMaxManifest = uint64_t{64} << 20;

/// A field that must be there.
template <typename T>
Result<T> required(Result<std::optional<T>> field, std::string_view key, std::string_view what) {
  if (!field) return tl::unexpected(field.error());
  if (!*field) return fail(ErrorCode::kBadFile, "{}: field '{}' is missing", what, key);
  return std::move(**field);
}

Result<int64_t> count(const Json& object, std::string_view key, std::string_view what) {
  TERN_ASSIGN(const int64_t value, required(json_int(object, key, what), key, what));
  if (value >= 0) return value;
  return fail(ErrorCode::kBadFile, "{}: field '{}' is {}", what, key, value);
}

Result<std::string> sha256(const Json& object, std::string_view what) {
  TERN_ASSIGN(std::string sum, required(json_string(object, "sha256", what), "sha256", what));
  if (is_hex(sum, 64)) return sum;
  return fail(ErrorCode::kBadFile, "{}: field 'sha256' is no SHA-256", what);
}

Result<ShardEntry> shard_entry(const Json& object, std::string_view what) {
  ShardEntry entry;
  TERN_ASSIGN(entry.file, required(json_string(object, "file", what), "file", what));
  if (entry.file.empty() || entry.file[0] == '.' || entry.file.find_first_of("/\\") != std::string::npos) {
    return fail(ErrorCode::kBadFile, "{}: '{}' is not the name of a file beside it", what, entry.file);
  }
  TERN_ASSIGN(entry.sha256, sha256(object, what));
  TERN_ASSIGN(const int64_t bytes, count(object, "bytes", what));
  entry.bytes = static_cast<uint64_t>(bytes);
  TERN_ASSIGN(entry.documents, count(object, "documents", what));
  TERN_ASSIGN(entry.tokens, count(object, "tokens", what));
  TERN_ASSIGN(entry.targets, count(object, "targets", what));
  return entry;
}

Status check_format(const Json& manifest, std::string_view what) {
  TERN_ASSIGN(const auto format, json_string(manifest, "format", what));
  if (format != kManifestFormat) {
    return fail(ErrorCode::kBadFile, "{}: is no manifest of prepared data (its 'format' is not '{}')", what,
                kManifestFormat);
  }
  TERN_ASSIGN(const int64_t version, required(json_int(manifest, "version", what), "version", what));
  if (version == kManifestVersion) return {};
  return fail(ErrorCode::kUnsupported, "{}: version {} of prepared data, not {}: prepare it again", what,
              version, kManifestVersion);
}

}  // namespace

Json split_json(const std::vector<ShardEntry>& shards) {
  int64_t documents = 0, tokens = 0, targets = 0;
  Json list = Json::array();
  for (const ShardEntry& shard : shards) {
    documents += shard.documents;
    tokens += shard.tokens;
    targets += shard.targets;
    list.push_back({{"file", shard.file},
                    {"sha256", shard.sha256},
                    {"bytes", shard.bytes},
                    {"documents", shard.documents},
                    {"tokens", shard.tokens},
                    {"targets", shard.targets}});
  }
  return {{"documents", documents}, {"tokens", tokens}, {"targets", targets}, {"shards", std::move(list)}};
}

Result<Manifest> read_manifest(const std::string& folder, Split split) {
  const std::string path = fmt::format("{}/{}", folder, kManifestName);
  if (!path_exists(path)) {
    return fail(ErrorCode::kNotFound, "{}: not there: is {} a folder that `tern data prepare` wrote?", path,
                folder);
  }
  TERN_ASSIGN(const std::string text, read_small_file(path, kMaxManifest));
  TERN_ASSIGN(const Json json, parse_json_unique_keys(text, path));
  TERN_TRY(check_format(json, path));
  Manifest manifest;
  TERN_ASSIGN(const std::string kind, required(json_string(json, "kind", path), "kind", path));
  const auto parsed = parse_shard_kind(kind);
  if (!parsed) return fail(ErrorCode::kBadFile, "{}: {}", path, parsed.error().message());
  manifest.kind = *parsed;
  const Json* tokenizer = json_field(json, "tokenizer");
  if (tokenizer == nullptr) return fail(ErrorCode::kBadFile, "{}: field 'tokenizer' is missing", path);
  TERN_ASSIGN(manifest.vocab, count(*tokenizer, "vocab", path));
  TERN_ASSIGN(manifest.tokenizer_sha256, sha256(*tokenizer, path));
  const Json* part = json_field(json, split_name(split));
  const Json* shards = part == nullptr ? nullptr : json_field(*part, "shards");
  if (shards == nullptr || !shards->is_array()) {
    return fail(ErrorCode::kBadFile, "{}: '{}' has no list of 'shards'", path, split_name(split));
  }
  for (const Json& shard : *shards) {
    TERN_ASSIGN(ShardEntry entry, shard_entry(shard, path));
    manifest.shards.push_back(std::move(entry));
  }
  return manifest;
}

}  // namespace tern
