#include <algorithm>
#include <cstring>

#include "base/atomic_file.h"
#include "base/check.h"
#include "data/shard_layout.h"
#include "data/shards.h"
#include "net/digest.h"

namespace tern {
namespace {

/// Writes, and sums up what was written.
class SummingFile {
 public:
  explicit SummingFile(AtomicFile* file) : file_(file) {}
  Status write(const void* data, size_t size) {
    const std::span bytes(static_cast<const uint8_t*>(data), size);
    digest_.update(bytes);
    return file_->write(bytes);
  }
  /// Zeros up to a multiple of 8 bytes.
  Status pad() {
    constexpr uint64_t kZeros = 0;
    return write(&kZeros, padded_to_8(file_->position()) - file_->position());
  }
  std::string sha256() { return digest_.hex(); }

 private:
  AtomicFile* file_;
  Digest digest_{DigestKind::kSha256};
};

}  // namespace

ShardWriter::ShardWriter(ShardKind kind, int64_t vocab)
    : kind_(kind), vocab_(vocab), id_bytes_(shard_id_bytes(static_cast<uint64_t>(vocab))) {
  TERN_CHECK(vocab > 0);
  clear();
}

void ShardWriter::clear() {
  ids_.clear();
  mask_.clear();
  starts_.assign(1, 0);
  targets_ = 0;
}

void ShardWriter::add(std::span<const int32_t> ids, std::span<const uint8_t> targets) {
  TERN_CHECK(!ids.empty() && targets.size() == (kind_ == ShardKind::kText ? 0 : ids.size()));
  const size_t before = ids_.size();
  ids_.resize(before + ids.size() * id_bytes_);
  for (size_t i = 0; i < ids.size(); ++i) {
    TERN_CHECK(ids[i] >= 0 && ids[i] < vocab_);
    std::memcpy(ids_.data() + before + i * id_bytes_, &ids[i], id_bytes_);  // its low bytes
  }
  const uint64_t first = starts_.back();
  starts_.push_back(first + ids.size());
  if (kind_ == ShardKind::kText) {
    targets_ += static_cast<int64_t>(ids.size()) - 1;
    return;
  }
  mask_.resize((starts_.back() + 7) / 8);
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == 0) continue;
    mask_[(first + i) / 8] |= static_cast<uint8_t>(1 << (first + i) % 8);
    ++targets_;
  }
}

Result<ShardWriter::Written> ShardWriter::write(const std::string& path) {
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  SummingFile out(&file);
  const ShardHeader header{.version = kShardVersion,
                           .id_bytes = id_bytes_,
                           .kind = static_cast<uint64_t>(kind_),
                           .vocab = static_cast<uint64_t>(vocab_),
                           .documents = starts_.size() - 1,
                           .tokens = starts_.back(),
                           .zero = 0};
  TERN_TRY(out.write(kShardMagic.data(), kShardMagic.size()));
  TERN_TRY(out.write(&header, sizeof header));
  TERN_TRY(out.write(ids_.data(), ids_.size()));
  TERN_TRY(out.pad());
  TERN_TRY(out.write(starts_.data(), starts_.size() * sizeof starts_[0]));
  TERN_TRY(out.write(mask_.data(), mask_.size()));
  TERN_TRY(out.pad());
  const uint64_t bytes = file.position();
  TERN_TRY(file.commit());
  clear();
  return Written{.bytes = bytes, .sha256 = out.sha256()};
}

}  // namespace tern
