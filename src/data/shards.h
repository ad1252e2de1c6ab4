#pragma once
// Token shards: what `tern data prepare` writes and the loader reads. docs/formats.md draws file and folder.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mmap.h"

namespace tern {

/// What the documents of a shard are. Part of the file format.
enum class ShardKind : uint8_t {
  kText = 0,  ///< every token but a document's first is a target
  kChat = 1,  ///< conversations: what the assistant says, its end of turn included, is a target
  kPairs =
      2,  ///< documents 2i and 2i + 1: a prompt with the chosen and with the rejected answer, the targets
};
/// "text", "chat" or "pairs".
std::string_view shard_kind_name(ShardKind kind);
/// kInvalidArgument lists the names.
Result<ShardKind> parse_shard_kind(std::string_view name);

/// Collects documents in memory (3 bytes a token at most 65,536 words, else 5) and writes them as one file.
class ShardWriter {
 public:
  /// `vocab` > 0: ids are below it.
  ShardWriter(ShardKind kind, int64_t vocab);
  /// One document, not empty. `targets`, a flag for each id, is empty for kText.
  void add(std::span<const int32_t> ids, std::span<const uint8_t> targets);
  int64_t documents() const { return static_cast<int64_t>(starts_.size()) - 1; }
  int64_t tokens() const { return static_cast<int64_t>(starts_.back()); }
  /// Tokens that are targets.
  int64_t targets() const { return targets_; }

  /// What a written file is.
  struct Written {
    uint64_t bytes;
    std::string sha256;
  };
  /// Writes all that was added under `path` (a temporary name, then renamed) and is as new afterwards. kIo.
  Result<Written> write(const std::string& path);

 private:
  void clear();
  ShardKind kind_;
  int64_t vocab_;
  size_t id_bytes_;
  std::vector<uint8_t> ids_;      ///< id_bytes_ each
  std::vector<uint64_t> starts_;  ///< of each document, and the end of the last
  std::vector<uint8_t> mask_;     ///< 8 tokens a byte; not for kText
  int64_t targets_ = 0;
};

/// A shard, mapped. Immutable, so any number of threads may read.
class TokenShard {
 public:
  /// Checks all but the ids themselves. Errors: kNotFound, kIo; kBadFile names the field.
  static Result<TokenShard> open(const std::string& path);

  ShardKind kind() const { return kind_; }
  int64_t vocab() const { return vocab_; }
  int64_t documents() const { return documents_; }
  int64_t tokens() const { return tokens_; }
  /// The first token of a document, 0 <= document <= documents(); that of documents() is tokens().
  int64_t begin(int64_t document) const;
  /// The document that token 0 <= token < tokens() is of.
  int64_t document_of(int64_t token) const;
  /// Copies tokens [token, token + ids.size()). kBadFile when an id is outside the vocabulary.
  Status read(int64_t token, std::span<int32_t> ids) const;
  /// Whether training is to predict this token from those before it in its document.
  bool is_target(int64_t token) const;

 private:
  MappedFile file_;
  ShardKind kind_{};
  int64_t vocab_ = 0, documents_ = 0, tokens_ = 0;
  size_t id_bytes_ = 0;
  uint64_t starts_at_ = 0, mask_at_ = 0;  ///< bytes into the file
};

}  // namespace tern
