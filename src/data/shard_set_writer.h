#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_folder.h"
#include "data/encode_record.h"
#include "data/manifest.h"

namespace tern {

/// The shards of one split: NAME-00000.tokens and so on, each ended by the document that fills it.
class ShardSetWriter {
 public:
  /// `folder` must outlive it.
  ShardSetWriter(const AtomicFolder& folder, std::string_view name, ShardKind kind, int64_t vocab,
                 int64_t shard_tokens);
  /// Documents that belong together (a pair) come to stand in one shard. kIo.
  Status add(const std::vector<EncodedDocument>& documents);
  /// Writes what is left. Called once, last.
  Status finish();
  const std::vector<ShardEntry>& shards() const { return shards_; }

 private:
  Status write();

  const AtomicFolder* folder_;
  std::string name_;
  int64_t shard_tokens_;
  ShardWriter writer_;
  std::vector<ShardEntry> shards_;
};

}  // namespace tern
