#pragma once
// Tests only: prepared folders of documents that the test made up.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "base/testing.h"
#include "data/manifest.h"
#include "data/shards.h"

namespace tern::testing {

struct TokenDocument {
  std::vector<int32_t> ids;
  std::vector<uint8_t> targets;  ///< empty for kText
};

constexpr const char* kAnySha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Fills the folder (which exists) with shards of `documents_a_shard` of the documents; nothing is held out.
inline void write_prepared(const std::string& folder, ShardKind kind, int64_t vocab,
                           const std::vector<TokenDocument>& documents, size_t documents_a_shard = 1000) {
  std::vector<ShardEntry> entries;
  for (size_t i = 0; i < documents.size();) {
    ShardWriter writer(kind, vocab);
    for (size_t n = 0; n < documents_a_shard && i < documents.size(); ++n, ++i)
      writer.add(documents[i].ids, documents[i].targets);
    ShardEntry entry{.file = "train-" + std::to_string(entries.size()) + ".tokens",
                     .sha256 = "",
                     .documents = writer.documents(),
                     .tokens = writer.tokens(),
                     .targets = writer.targets()};
    const auto written = writer.write(folder + "/" + entry.file);
    ASSERT_TRUE(written) << written.error().message();
    entry.sha256 = written->sha256;
    entry.bytes = written->bytes;
    entries.push_back(entry);
  }
  write_file(folder + "/manifest.json", dump_json({{"format", kManifestFormat},
                                                   {"version", kManifestVersion},
                                                   {"kind", shard_kind_name(kind)},
                                                   {"tokenizer", {{"vocab", vocab}, {"sha256", kAnySha256}}},
                                                   {"train", split_json(entries)},
                                                   {"held_out", split_json({})}}));
}

}  // namespace tern::testing
