// What training reads: the bytes as a shard of tokens, and as lines of text, chats and pairs, compressed or
// not.

#include "base/check.h"
#include "base/memory_file.h"
#include "data/documents.h"
#include "data/examine.h"
#include "data/shards.h"
#include "tests/fuzz/fuzz.h"
#include "tokenizer/utf8.h"

namespace tern::fuzz {
namespace {

/// One file under the names that tell what is in it.
struct Files {
  Files() {
    for (const char* name : {"x.jsonl", "x.txt"}) folder.link(memory, name);
  }
  testing::MemoryFile memory;
  testing::MemoryFolder folder;
};

void read_shard(const std::string& path) {
  const auto shard = TokenShard::open(path);
  if (!shard) return;
  std::vector<int32_t> ids(static_cast<size_t>(shard->tokens()));
  if (!shard->read(0, ids)) return;
  for (int64_t token = 0; token < shard->tokens(); ++token) {
    const int64_t document = shard->document_of(token);
    TERN_CHECK(shard->begin(document) <= token && token < shard->begin(document + 1));
    TERN_CHECK(ids[static_cast<size_t>(token)] >= 0 && ids[static_cast<size_t>(token)] < shard->vocab());
    (void)shard->is_target(token);
  }
}

void read_documents(const std::string& path) {
  const auto reader = open_documents(path);
  if (!reader) return;
  int64_t last = 0;
  while (true) {
    const auto document = (*reader)->next();
    if (!document || !*document) return;
    TERN_CHECK((*document)->line > last);
    last = (*document)->line;
    if (!(*document)->broken.empty()) continue;
    TERN_CHECK(utf8_valid_prefix((*document)->text) == (*document)->text.size());
    for (const ShardKind kind : {ShardKind::kText, ShardKind::kChat, ShardKind::kPairs}) {
      if (!(*reader)->is_json() && kind != ShardKind::kText) continue;
      ExamineRules rules;
      rules.kind = kind;
      const Examined examined = examine(**document, (*reader)->is_json(), rules, "x");
      const bool broken = examined.outcome == Examined::Outcome::kBroken;
      TERN_CHECK(broken == texts_of(examined.record).empty());
    }
  }
}

void run(std::string_view bytes) {
  static Files files;
  files.memory.set(bytes);
  read_shard(files.memory.path());
  read_documents(files.folder.file("x.jsonl"));
  read_documents(files.folder.file("x.txt"));
}

}  // namespace
}  // namespace tern::fuzz

TERN_FUZZ(tern::fuzz::run)
