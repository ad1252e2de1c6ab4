#include "data/shard_set_writer.h"

namespace tern {

ShardSetWriter::ShardSetWriter(const AtomicFolder& folder, std::string_view name, ShardKind kind,
                               int64_t vocab, int64_t shard_tokens)
    : folder_(&folder), name_(name), shard_tokens_(shard_tokens), writer_(kind, vocab) {}

Status ShardSetWriter::add(const std::vector<EncodedDocument>& documents) {
  for (const EncodedDocument& document : documents) writer_.add(document.ids, document.targets);
  return writer_.tokens() >= shard_tokens_ ? write() : Status();
}

Status ShardSetWriter::finish() {
  return writer_.documents() > 0 ? write() : Status();
}

Status ShardSetWriter::write() {
  ShardEntry shard;
  shard.file = fmt::format("{}-{:05}.tokens", name_, shards_.size());
  shard.documents = writer_.documents();
  shard.tokens = writer_.tokens();
  shard.targets = writer_.targets();
  TERN_ASSIGN(ShardWriter::Written written, writer_.write(folder_->path(shard.file)));
  shard.bytes = written.bytes;
  shard.sha256 = std::move(written.sha256);
  shards_.push_back(std::move(shard));
  return {};
}

}  // namespace tern
