#include "data/prepared_set.h"

#include <algorithm>

#include "base/check.h"
#include "data/file_sha256.h"
#include "data/manifest.h"

namespace tern {
namespace {

Status check_sum(const std::string& path, const ShardEntry& entry) {
  TERN_ASSIGN(const std::string sum, file_sha256(path));
  if (sum == entry.sha256) return {};
  return fail(ErrorCode::kBadFile, "{}: its SHA-256 is not the one in {}: copy or prepare it again", path,
              kManifestName);
}

/// The item of `firsts`, increasing but for empty shards, that holds `index`.
size_t part_of(const std::vector<int64_t>& firsts, int64_t index) {
  TERN_CHECK(index >= 0 && index < firsts.back());
  return static_cast<size_t>(std::upper_bound(firsts.begin(), firsts.end(), index) - firsts.begin()) - 1;
}

}  // namespace

std::string_view split_name(Split split) {
  return split == Split::kTrain ? "train" : "held_out";
}

Result<PreparedSet> PreparedSet::open(const std::string& folder, Split split, VerifyShards verify) {
  TERN_ASSIGN(const Manifest manifest, read_manifest(folder, split));
  PreparedSet set;
  set.folder_ = folder;
  set.kind_ = manifest.kind;
  set.vocab_ = manifest.vocab;
  set.tokenizer_sha256_ = manifest.tokenizer_sha256;
  for (const ShardEntry& entry : manifest.shards) {
    const std::string path = fmt::format("{}/{}", folder, entry.file);
    TERN_ASSIGN(TokenShard shard, TokenShard::open(path));
    if (shard.kind() != set.kind_ || shard.vocab() != set.vocab_ || shard.documents() != entry.documents ||
        shard.tokens() != entry.tokens) {
      return fail(ErrorCode::kBadFile, "{}: kind, vocabulary or counts are not those of {}", path,
                  kManifestName);
    }
    if (verify == VerifyShards::kHashes) TERN_TRY(check_sum(path, entry));
    // Files have less than 2^63 bytes each, and there is no machine for 2^63 of all.
    set.first_document_.push_back(set.documents() + shard.documents());
    set.first_token_.push_back(set.tokens() + shard.tokens());
    set.shards_.push_back(std::move(shard));
  }
  return set;
}

int64_t PreparedSet::begin(int64_t document) const {
  if (document == documents()) return tokens();
  const size_t shard = part_of(first_document_, document);
  return first_token_[shard] + shards_[shard].begin(document - first_document_[shard]);
}

int64_t PreparedSet::document_of(int64_t token) const {
  const size_t shard = part_of(first_token_, token);
  return first_document_[shard] + shards_[shard].document_of(token - first_token_[shard]);
}

Status PreparedSet::read(int64_t token, std::span<int32_t> ids) const {
  while (!ids.empty()) {
    const size_t shard = part_of(first_token_, token);
    const auto here = std::min<int64_t>(first_token_[shard + 1] - token, static_cast<int64_t>(ids.size()));
    TERN_TRY(shards_[shard].read(token - first_token_[shard], ids.first(static_cast<size_t>(here))));
    ids = ids.subspan(static_cast<size_t>(here));
    token += here;
  }
  return {};
}

bool PreparedSet::is_target(int64_t token) const {
  const size_t shard = part_of(first_token_, token);
  return shards_[shard].is_target(token - first_token_[shard]);
}

}  // namespace tern
