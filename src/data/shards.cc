#include "data/shards.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "data/shard_layout.h"

namespace tern {
namespace {

constexpr std::string_view kKindNames[] = {"text", "chat", "pairs"};

Status check_header(const std::string& path, std::span<const uint8_t> bytes, ShardHeader* header) {
  if (bytes.size() < kShardHeaderBytes ||
      std::memcmp(bytes.data(), kShardMagic.data(), kShardMagic.size()) != 0) {
    return fail(ErrorCode::kBadFile, "{}: is no shard of tokens; `tern data prepare` makes them", path);
  }
  std::memcpy(header, bytes.data() + kShardMagic.size(), sizeof *header);
  const auto bad = [&](std::string_view field, uint64_t value) {
    return fail(ErrorCode::kBadFile, "{}: the shard's {} is {}", path, field, value);
  };
  if (header->version != kShardVersion) {
    return fail(ErrorCode::kUnsupported, "{}: version {} of shards, not {}: prepare the data again", path,
                header->version, kShardVersion);
  }
  if (header->kind >= std::size(kKindNames)) return bad("kind", header->kind);
  if (header->vocab == 0 || header->vocab > INT32_MAX) return bad("vocabulary", header->vocab);
  if (header->id_bytes != shard_id_bytes(header->vocab)) return bad("bytes of an id", header->id_bytes);
  if (header->tokens > kMaxShardCount) return bad("number of tokens", header->tokens);
  // None is empty.
  if (header->documents > header->tokens) return bad("number of documents", header->documents);
  if (header->zero != 0) return bad("last field", header->zero);
  return {};
}

}  // namespace

std::string_view shard_kind_name(ShardKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

Result<ShardKind> parse_shard_kind(std::string_view name) {
  const auto* found = std::find(std::begin(kKindNames), std::end(kKindNames), name);
  if (found != std::end(kKindNames)) return static_cast<ShardKind>(found - std::begin(kKindNames));
  return fail(ErrorCode::kInvalidArgument, "kind of data '{}': choose {}", name, fmt::join(kKindNames, ", "));
}

Result<TokenShard> TokenShard::open(const std::string& path) {
  TokenShard shard;
  TERN_ASSIGN(shard.file_, MappedFile::open(path));
  ShardHeader header{};
  TERN_TRY(check_header(path, shard.file_.bytes(), &header));
  shard.kind_ = static_cast<ShardKind>(header.kind);
  const ShardLayout layout = shard_layout(header, shard.kind_ != ShardKind::kText);
  if (layout.end != shard.file_.bytes().size()) {
    return fail(ErrorCode::kBadFile, "{}: has {} bytes; a shard of {} tokens in {} documents has {}", path,
                shard.file_.bytes().size(), header.tokens, header.documents, layout.end);
  }
  shard.vocab_ = static_cast<int64_t>(header.vocab);
  shard.documents_ = static_cast<int64_t>(header.documents);
  shard.tokens_ = static_cast<int64_t>(header.tokens);
  shard.id_bytes_ = header.id_bytes;
  shard.starts_at_ = layout.starts;
  shard.mask_at_ = layout.mask;
  if (shard.kind_ == ShardKind::kPairs && shard.documents_ % 2 != 0) {
    return fail(ErrorCode::kBadFile, "{}: {} documents are no pairs", path, shard.documents_);
  }
  if (shard.begin(0) != 0 || shard.begin(shard.documents_) != shard.tokens_) {
    return fail(ErrorCode::kBadFile, "{}: the documents do not cover the tokens", path);
  }
  for (int64_t d = 0; d < shard.documents_; ++d) {
    if (shard.begin(d) < shard.begin(d + 1)) continue;
    return fail(ErrorCode::kBadFile, "{}: document {} ends at token {}, where it begins, or before it", path,
                d, shard.begin(d + 1));
  }
  return shard;
}

int64_t TokenShard::begin(int64_t document) const {
  int64_t start;
  std::memcpy(&start, file_.bytes().data() + starts_at_ + static_cast<uint64_t>(document) * sizeof start,
              sizeof start);
  return start;
}

int64_t TokenShard::document_of(int64_t token) const {
  TERN_CHECK(token >= 0 && token < tokens_);
  int64_t low = 0, high = documents_;  // begin(low) <= token < begin(high)
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (begin(middle) <= token ? low : high) = middle;
  }
  return low;
}

Status TokenShard::read(int64_t token, std::span<int32_t> ids) const {
  TERN_CHECK(token >= 0 && token <= tokens_ && static_cast<int64_t>(ids.size()) <= tokens_ - token);
  const uint8_t* at = file_.bytes().data() + kShardHeaderBytes + static_cast<uint64_t>(token) * id_bytes_;
  for (size_t i = 0; i < ids.size(); ++i, at += id_bytes_) {
    uint32_t id = 0;
    std::memcpy(&id, at, id_bytes_);
    if (id >= static_cast<uint32_t>(vocab_)) {
      return fail(ErrorCode::kBadFile, "{}: token {} is id {}, outside the vocabulary of {}", file_.path(),
                  token + static_cast<int64_t>(i), id, vocab_);
    }
    ids[i] = static_cast<int32_t>(id);
  }
  return {};
}

bool TokenShard::is_target(int64_t token) const {
  TERN_CHECK(token >= 0 && token < tokens_);
  if (kind_ == ShardKind::kText) return begin(document_of(token)) != token;
  const auto bit = static_cast<uint64_t>(token);
  return (file_.bytes()[mask_at_ + bit / 8] >> bit % 8 & 1) != 0;
}

}  // namespace tern
