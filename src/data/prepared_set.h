#pragma once
// A folder of shards as one long row of documents.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/shards.h"

namespace tern {

/// The part of a prepared folder that is trained on, and that which is kept apart to measure on.
enum class Split { kTrain, kHeldOut };
/// "train" or "held_out": the key of manifest.json.
std::string_view split_name(Split split);

enum class VerifyShards {
  kSizes,  ///< every structure, and the counts of the manifest
  kHashes  ///< the SHA-256 of each file as well, which reads all of it
};

/// One split of a folder that `tern data prepare` wrote. Immutable: any number of threads may read.
class PreparedSet {
 public:
  /// Reads manifest.json and maps the shards. Errors: kNotFound, kIo, kBadFile; kUnsupported for another
  /// version of the format.
  static Result<PreparedSet> open(const std::string& folder, Split split, VerifyShards verify);

  const std::string& folder() const { return folder_; }
  ShardKind kind() const { return kind_; }
  int64_t vocab() const { return vocab_; }
  /// SHA-256 of the tokenizer's file that made the ids: sets that are trained on together have the same.
  const std::string& tokenizer_sha256() const { return tokenizer_sha256_; }
  int64_t documents() const { return first_document_.back(); }
  int64_t tokens() const { return first_token_.back(); }

  /// The tokens of all shards count through, as do the documents. As TokenShard's functions.
  int64_t begin(int64_t document) const;
  int64_t document_of(int64_t token) const;
  /// [token, token + ids.size()) may span documents, and shards.
  Status read(int64_t token, std::span<int32_t> ids) const;
  bool is_target(int64_t token) const;

 private:
  std::string folder_, tokenizer_sha256_;
  ShardKind kind_{};
  int64_t vocab_ = 0;
  std::vector<TokenShard> shards_;
  std::vector<int64_t> first_document_ = {0}, first_token_ = {0};  ///< of each shard, and behind the last
};

}  // namespace tern
