#pragma once
// Where the parts of a shard lie (docs/formats.md, "Token shards"): reader and writer share it.
#include <bit>
#include <cstdint>
#include <string_view>

namespace tern {

static_assert(std::endian::native == std::endian::little, "shards are read and written in place");

constexpr std::string_view kShardMagic = "TERN-TS\n";
constexpr uint64_t kShardVersion = 1;

/// The numbers behind the magic, as they lie in the file.
struct ShardHeader {
  uint64_t version, id_bytes, kind, vocab, documents, tokens, zero;
};
constexpr uint64_t kShardHeaderBytes = kShardMagic.size() + sizeof(ShardHeader);
static_assert(kShardHeaderBytes == 64);

/// Bytes of an id: 2 when all fit.
constexpr uint64_t shard_id_bytes(uint64_t vocab) {
  return vocab <= 65536 ? 2 : 4;
}

constexpr uint64_t padded_to_8(uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

/// Counts below this leave every size below 2^64.
constexpr uint64_t kMaxShardCount = uint64_t{1} << 56;

/// Bytes from the file's start. Counts are at most kMaxShardCount.
struct ShardLayout {
  uint64_t ids, starts, mask, end;
};
constexpr ShardLayout shard_layout(const ShardHeader& header, bool has_mask) {
  ShardLayout layout{};
  layout.ids = kShardHeaderBytes;
  layout.starts = layout.ids + padded_to_8(header.id_bytes * header.tokens);
  layout.mask = layout.starts + 8 * (header.documents + 1);
  layout.end = layout.mask + (has_mask ? padded_to_8((header.tokens + 7) / 8) : 0);
  return layout;
}

}  // namespace tern
