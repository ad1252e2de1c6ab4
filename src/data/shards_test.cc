#include "data/shards.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/memory_file.h"
#include "base/mutation.h"
#include "base/testing.h"
#include "data/prepared_set.h"
#include "data/testing.h"

namespace tern {
namespace {

using testing::Random;
using testing::TempFolder;
using testing::TokenDocument;

std::vector<TokenDocument> random_documents(Random& random, ShardKind kind, int64_t vocab, size_t n) {
  std::vector<TokenDocument> documents(n);
  for (TokenDocument& document : documents) {
    document.ids.resize(1 + random.below(40));
    for (int32_t& id : document.ids) id = static_cast<int32_t>(random.below(static_cast<size_t>(vocab)));
    if (kind == ShardKind::kText) continue;
    document.targets.resize(document.ids.size());
    for (uint8_t& target : document.targets) target = random.chance(2);
  }
  return documents;
}

bool wanted(const TokenDocument& document, size_t i) {
  return document.targets.empty() ? i > 0 : document.targets[i] != 0;
}

/// docs/formats.md, "Token shards".
TEST(Shards, AreTheBytesOfTheDocumentation) {
  const TempFolder folder;
  ShardWriter writer(ShardKind::kChat, 512);
  writer.add(std::vector<int32_t>{9, 4, 7}, std::vector<uint8_t>{0, 1, 1});
  const auto written = writer.write(folder.file("x"));
  ASSERT_TRUE(written) << written.error().message();
  std::string expected(96, '\0');
  expected.replace(0, 8, "TERN-TS\n");
  expected[8] = 1;
  expected[16] = 2;
  expected[24] = 1;
  expected[33] = 2;
  expected[40] = 1;
  expected[48] = 3;
  expected[64] = 9;
  expected[66] = 4;
  expected[68] = 7;
  expected[80] = 3;
  expected[88] = 6;
  EXPECT_EQ(testing::read_file(folder.file("x")), expected);
  EXPECT_EQ(written->bytes, expected.size());
}

TEST(Shards, GiveBackWhatWasAdded) {
  Random random(1);
  for (const ShardKind kind : {ShardKind::kText, ShardKind::kChat, ShardKind::kPairs}) {
    for (const int64_t vocab : {2, 65536, 65537, 1 << 30}) {
      for (const size_t a_shard : {2, 6, 1000}) {
        const TempFolder folder;
        const auto documents = random_documents(random, kind, vocab, 50);
        testing::write_prepared(folder.path(), kind, vocab, documents, a_shard);
        const auto set = PreparedSet::open(folder.path(), Split::kTrain, VerifyShards::kHashes);
        ASSERT_TRUE(set) << set.error().message();
        EXPECT_EQ(set->kind(), kind);
        EXPECT_EQ(set->vocab(), vocab);
        ASSERT_EQ(set->documents(), 50);
        std::vector<int32_t> all;
        for (int64_t d = 0; d < 50; ++d) {
          const TokenDocument& document = documents[static_cast<size_t>(d)];
          ASSERT_EQ(set->begin(d), static_cast<int64_t>(all.size()));
          for (size_t i = 0; i < document.ids.size(); ++i) {
            EXPECT_EQ(set->document_of(set->begin(d) + static_cast<int64_t>(i)), d);
            EXPECT_EQ(set->is_target(set->begin(d) + static_cast<int64_t>(i)), wanted(document, i));
          }
          all.insert(all.end(), document.ids.begin(), document.ids.end());
        }
        ASSERT_EQ(set->tokens(), static_cast<int64_t>(all.size()));
        ASSERT_EQ(set->begin(50), set->tokens());
        for (int i = 0; i < 20; ++i) {  // across documents and shards
          const size_t begin = random.below(all.size() + 1), length = random.below(all.size() + 1 - begin);
          std::vector<int32_t> ids(length);
          ASSERT_TRUE(set->read(static_cast<int64_t>(begin), ids));
          EXPECT_TRUE(std::equal(ids.begin(), ids.end(), all.begin() + static_cast<ptrdiff_t>(begin)));
        }
      }
    }
  }
}

/// Opens a shard and reads all of it, as a loader would in the end.
testing::Verdict read_all(const std::string& path) {
  const auto shard = TokenShard::open(path);
  if (!shard) return shard.error();
  std::vector<int32_t> ids(static_cast<size_t>(shard->tokens()));
  if (const Status read = shard->read(0, ids); !read) return read.error();
  for (int64_t token = 0; token < shard->tokens(); ++token) {
    if (shard->document_of(token) >= shard->documents()) ADD_FAILURE() << "token of no document";
    (void)shard->is_target(token);
  }
  return std::nullopt;
}

using Image = std::string;

void change_header(Image& image, Random& random) {
  if (image.size() < 64) return;
  const size_t at = 8 * (1 + random.below(7));
  uint64_t field;
  std::memcpy(&field, image.data() + at, sizeof field);
  field = random.border(field);
  std::memcpy(image.data() + at, &field, sizeof field);
}

void change_word(Image& image, Random& random) {
  if (image.size() < 72) return;
  const size_t at = 64 + 8 * random.below((image.size() - 64) / 8);
  uint64_t word;
  std::memcpy(&word, image.data() + at, sizeof word);
  word = random.border(word);
  std::memcpy(image.data() + at, &word, sizeof word);
}

void change_byte(Image& image, Random& random) {
  if (!image.empty()) image[random.below(image.size())] ^= static_cast<char>(1 + random.below(255));
}

void change_length(Image& image, Random& random) {
  image.resize(random.chance(2) && !image.empty() ? random.below(image.size())
                                                  : image.size() + 1 + random.below(64));
}

TEST(Shards, RefuseWhatIsBroken) {
  Random random(7);
  std::vector<Image> seeds;
  for (const ShardKind kind : {ShardKind::kText, ShardKind::kChat, ShardKind::kPairs}) {
    for (const int64_t vocab : {300, 70000}) {
      const TempFolder folder;
      ShardWriter writer(kind, vocab);
      for (const TokenDocument& document : random_documents(random, kind, vocab, 6))
        writer.add(document.ids, document.targets);
      ASSERT_TRUE(writer.write(folder.file("x")));
      seeds.push_back(testing::read_file(folder.file("x")));
    }
  }
  const testing::Mutator<Image> mutators[] = {{"header", change_header},
                                              {"word", change_word},
                                              {"byte", change_byte},
                                              {"length", change_length, testing::Expect::kRefused}};
  testing::MemoryFile file;
  testing::run_campaign<Image>(seeds, mutators, 20'000, 8, [&](const Image& image) {
    file.set(image);
    return read_all(file.path());
  });
}

class Manifests : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::write_prepared(folder_.path(), ShardKind::kText, 10, {{{1, 2, 3}, {}}, {{4, 5}, {}}}, 1);
    manifest_ = *parse_json(testing::read_file(folder_.file("manifest.json")), "manifest");
  }
  Result<PreparedSet> open(VerifyShards verify = VerifyShards::kSizes) {
    testing::write_file(folder_.file("manifest.json"), dump_json(manifest_));
    return PreparedSet::open(folder_.path(), Split::kTrain, verify);
  }
  void expect_refused(ErrorCode code, std::string_view text) {
    const auto set = open();
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().code(), code) << set.error().message();
    EXPECT_NE(set.error().message().find(text), std::string::npos) << set.error().message();
  }
  TempFolder folder_;
  Json manifest_;
};

TEST_F(Manifests, AreReadAsTheyWereWritten) {
  const auto set = open(VerifyShards::kHashes);
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->tokenizer_sha256(), testing::kAnySha256);
  const auto held_out = PreparedSet::open(folder_.path(), Split::kHeldOut, VerifyShards::kHashes);
  ASSERT_TRUE(held_out) << held_out.error().message();
  EXPECT_EQ(held_out->documents(), 0);
  EXPECT_EQ(held_out->tokens(), 0);
}

TEST_F(Manifests, OfAnotherFormatOrVersionAreRefused) {
  const Json good = manifest_;
  manifest_["format"] = "other";
  expect_refused(ErrorCode::kBadFile, "no manifest of prepared data");
  manifest_ = good;
  manifest_["version"] = 2;
  expect_refused(ErrorCode::kUnsupported, "version 2");
  manifest_ = good;
  manifest_["kind"] = "poems";
  expect_refused(ErrorCode::kBadFile, "poems");
  manifest_ = good;
  manifest_.erase("train");
  expect_refused(ErrorCode::kBadFile, "'train'");
  manifest_ = good;
  manifest_["tokenizer"]["sha256"] = "abc";
  expect_refused(ErrorCode::kBadFile, "sha256");
}

TEST_F(Manifests, MayNotNameFilesElsewhere) {
  for (const char* name : {"../x", "/etc/passwd", "a/b", "", ".", ".hidden"}) {
    manifest_["train"]["shards"][0]["file"] = name;
    expect_refused(ErrorCode::kBadFile, "name of a file");
  }
}

TEST_F(Manifests, AgreeWithTheirShards) {
  const Json good = manifest_;
  manifest_["train"]["shards"][1]["tokens"] = 3;
  expect_refused(ErrorCode::kBadFile, "counts");
  manifest_ = good;
  manifest_["tokenizer"]["vocab"] = 11;
  expect_refused(ErrorCode::kBadFile, "vocabulary");
  manifest_ = good;
  manifest_["train"]["shards"][0]["file"] = "train-9.tokens";
  expect_refused(ErrorCode::kNotFound, "train-9.tokens");
  manifest_ = good;
  std::string shard = testing::read_file(folder_.file("train-1.tokens"));
  shard[64] = 9;
  testing::write_file(folder_.file("train-1.tokens"), shard);
  EXPECT_TRUE(open(VerifyShards::kSizes));
  const auto set = open(VerifyShards::kHashes);
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().message().find("SHA-256"), std::string::npos) << set.error().message();
}

}  // namespace
}  // namespace tern
