#pragma once
// What reader and writer of manifest.json share.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "data/prepared_set.h"

namespace tern {

constexpr std::string_view kManifestName = "manifest.json";
constexpr std::string_view kManifestFormat = "tern-data";
constexpr int64_t kManifestVersion = 1;

/// A shard as the manifest names it.
struct ShardEntry {
  std::string file;  ///< within the folder
  std::string sha256;
  uint64_t bytes = 0;
  int64_t documents = 0, tokens = 0, targets = 0;
};

/// {"documents", "tokens", "targets", "shards"}.
Json split_json(const std::vector<ShardEntry>& shards);

/// The part of a manifest that a reader of shards needs.
struct Manifest {
  ShardKind kind{};
  int64_t vocab = 0;
  std::string tokenizer_sha256;
  std::vector<ShardEntry> shards;  ///< of the split that was asked for
};
/// Reads FOLDER/manifest.json; counts, names and sums are as they should be, files are not looked at. Errors:
/// kNotFound, kIo, kBadFile, kUnsupported.
Result<Manifest> read_manifest(const std::string& folder, Split split);

}  // namespace tern
