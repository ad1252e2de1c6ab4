#include "eval/logits_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "base/memory_file.h"
#include "base/mutation.h"
#include "base/testing.h"

namespace tern {
namespace {

using testing::Expect;
using testing::Random;

const std::vector<int32_t> kIds = {5, 0, 1, 258, 70000, 2147483647};

LogitsKey key_of(uint64_t vocab, uint64_t rows) {
  return {.vocab = vocab,
          .rows = rows,
          .context = 64,
          .stride = 32,
          .tokens = kIds.size(),
          .ids_sha256 = hash_ids(kIds)};
}

std::vector<LogitCode> some_codes(size_t n) {
  std::vector<LogitCode> codes(n);
  std::mt19937 random(1);
  for (LogitCode& code : codes) code = static_cast<LogitCode>(random());
  return codes;
}

void write(const std::string& path, const LogitsKey& key, std::span<const LogitCode> codes) {
  auto writer = LogitsWriter::create(path, key);
  ASSERT_TRUE(writer) << writer.error().message();
  ASSERT_TRUE(writer->write(codes));
  ASSERT_TRUE(writer->commit());
}

// sha256sum of the little-endian bytes, and of 5,000 of them.
TEST(LogitsFile, HashOfIds) {
  EXPECT_EQ(hash_ids({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_ids(kIds), "f24a07534b0afd5b204c437304b08a33100f57629db60f74a94642976f6341ec");
  std::vector<int32_t> many(5000);
  std::iota(many.begin(), many.end(), 0);
  EXPECT_EQ(hash_ids(many), "0bd2462cf373e94a14dfa9528ee8d28ca4e3fadde843c5391001b206b986c2cf");
}

TEST(LogitsFile, Codes) {
  const std::vector<float> logits = {-3.0f, 2.0f, 2.0f, 1.0f, 2.0f - 0.0001f, 1.99f, -29.99f, -30.5f, -3e38f};
  std::vector<LogitCode> codes(logits.size());
  encode_logits(logits, codes);
  EXPECT_EQ(codes, (std::vector<LogitCode>{10240, 0, 1, 2048, 1, 20, 65516, 65535, 65535}));
}

TEST(LogitsFile, RowsComeBack) {
  testing::TempFolder folder;
  for (const auto& [vocab, rows] :
       std::vector<std::pair<uint64_t, uint64_t>>{{1, 1}, {3, 7}, {97, 300}, {5, 0}}) {
    const LogitsKey key = key_of(vocab, rows);
    const auto codes = some_codes(vocab * rows);
    write(folder.file("x"), key, codes);
    const auto reader = LogitsReader::open(folder.file("x"), key);
    ASSERT_TRUE(reader) << reader.error().message();
    for (uint64_t r = 0; r < rows; ++r) {
      const auto row = reader->row(r);
      ASSERT_EQ(row.size(), vocab);
      EXPECT_TRUE(std::equal(row.begin(), row.end(), codes.begin() + static_cast<ptrdiff_t>(r * vocab)));
      if (r % 100 == 99) reader->release_below(r + 1);
    }
  }
}

// The header as its comment draws it, byte by byte.
TEST(LogitsFile, Header) {
  testing::TempFolder folder;
  write(folder.file("x"), key_of(2, 1), std::vector<LogitCode>{0, 0x0102});
  std::string expected = "TERNLOGP";
  const auto number = [&expected](uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) expected += static_cast<char>(value >> (8 * i));
  };
  number(1, 4);
  number(0x01020304, 4);
  for (const uint64_t value : {2, 1, 64, 32, 6}) number(value, 8);
  expected += hash_ids(kIds);
  number(0, 8);
  ASSERT_EQ(expected.size(), 128u);
  number(0, 2);
  number(0x0102, 2);
  EXPECT_EQ(testing::read_file(folder.file("x")), expected);
}

TEST(LogitsFile, NothingIsThereBeforeCommit) {
  testing::TempFolder folder;
  testing::write_file(folder.file("x"), "old");
  {
    auto writer = LogitsWriter::create(folder.file("x"), key_of(4, 2));
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(some_codes(4)));
  }
  EXPECT_EQ(testing::read_file(folder.file("x")), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "no temporary";
  EXPECT_FALSE(LogitsWriter::create(folder.file("y"), key_of(uint64_t{1} << 62, 8)));
}

/// A file with bytes of its header replaced.
class LogitsHostile : public ::testing::Test {
 protected:
  LogitsHostile() {
    write(folder_.file("good"), key_, some_codes(15));
    good_ = testing::read_file(folder_.file("good"));
  }
  std::string open(const std::string& bytes, const LogitsKey& key) {
    testing::write_file(folder_.file("x"), bytes);
    const auto reader = LogitsReader::open(folder_.file("x"), key);
    if (reader) return "ok";
    EXPECT_NE(reader.error().message().find(folder_.file("x")), std::string::npos)
        << reader.error().message();
    return std::string(error_name(reader.error().code())) + ": " + reader.error().message();
  }
  std::string with(size_t at, std::string_view bytes) {
    std::string changed = good_;
    changed.replace(at, bytes.size(), bytes);
    return open(changed, key_);
  }
  void refused(const std::string& verdict, std::string_view code, std::string_view why) {
    EXPECT_TRUE(verdict.starts_with(code)) << verdict;
    EXPECT_NE(verdict.find(why), std::string::npos) << verdict;
  }
  testing::TempFolder folder_;
  LogitsKey key_ = key_of(5, 3);
  std::string good_;
};

TEST_F(LogitsHostile, Headers) {
  EXPECT_EQ(open(good_, key_), "ok");
  refused(with(0, "X"), "bad_file", "TERNLOGP");
  refused(with(8, "\2"), "unsupported", "version 2");
  refused(with(12, "\1\2\3\4"), "unsupported", "other byte order");
  refused(with(12, "\5"), "bad_file", "byte order");
  refused(with(16, "\6"), "bad_file", "truncated");
  refused(with(16, std::string(8, '\0')), "bad_file", "header is broken");
  refused(with(24, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), "bad_file", "truncated");
  // 5 * 2 * rows wraps around to the true size.
  refused(with(24, std::string("\3\0\0\0\0\0\0\x80", 8)), "bad_file", "truncated");
  refused(with(60, "G"), "bad_file", "ids_sha256");
  refused(with(120, "\1"), "bad_file", "header is broken");
}

TEST_F(LogitsHostile, CutAtEveryByte) {
  for (size_t n = 0; n < good_.size(); ++n) refused(open(good_.substr(0, n), key_), "bad_file", "");
  refused(open(good_ + "x", key_), "bad_file", "truncated");
  EXPECT_EQ(LogitsReader::open(folder_.file("none"), key_).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(LogitsReader::open(folder_.path(), key_).error().code(), ErrorCode::kBadFile);
}

TEST_F(LogitsHostile, OfSomethingElse) {
  const auto other = [&](auto change) {
    LogitsKey key = key_;
    change(key);
    return open(good_, key);
  };
  refused(other([](LogitsKey& key) { key.vocab = 6; }), "invalid_argument",
          "vocabulary of 5, this one has 6");
  refused(other([](LogitsKey& key) { key.ids_sha256[0] ^= 1; }), "invalid_argument", "other tokens");
  refused(other([](LogitsKey& key) { key.tokens = 7; }), "invalid_argument", "the text has 7");
  refused(other([](LogitsKey& key) { key.context = 65; }), "invalid_argument", "--context 64");
  refused(other([](LogitsKey& key) { key.stride = 31; }), "invalid_argument", "--stride 32");
  refused(other([](LogitsKey& key) { key.rows = 4; }), "bad_file", "3 rows instead of 4");
}

struct LogitsImage {
  std::string bytes;
};

void put(LogitsImage& image, size_t at, uint64_t value, size_t size) {
  if (at + size <= image.bytes.size()) std::memcpy(image.bytes.data() + at, &value, size);
}

uint64_t get(const LogitsImage& image, size_t at) {
  uint64_t value = 0;
  if (at + 8 <= image.bytes.size()) std::memcpy(&value, image.bytes.data() + at, 8);
  return value;
}

constexpr testing::Mutator<LogitsImage> kMutators[] = {
    {"magic", [](auto& i, auto& r) { put(i, 0, r.bits(), 8); }, Expect::kRefused},
    {"version", [](auto& i, auto& r) { put(i, 8, r.border(1), 4); }, Expect::kRefused},
    {"order", [](auto& i, auto& r) { put(i, 12, r.border(0x01020304), 4); }, Expect::kRefused},
    {"number",
     [](auto& i, auto& r) {
       const size_t at = 16 + 8 * r.below(5);
       put(i, at, r.border(get(i, at)), 8);
     },
     Expect::kRefused},
    {"two numbers",
     [](auto& i, auto& r) {
       put(i, 16, r.border(get(i, 16)), 8);
       put(i, 24, r.border(get(i, 24)), 8);
     },
     Expect::kRefused},
    {"hash", [](auto& i, auto& r) { put(i, 56 + r.below(57), r.bits(), 8); }, Expect::kRefused},
    {"codes", [](auto& i, auto& r) { put(i, 128 + r.below(200), r.bits(), 8); }, Expect::kAccepted},
    {"cut", [](auto& i, auto& r) { i.bytes.resize(r.below(i.bytes.size())); }, Expect::kRefused},
    {"longer", [](auto& i, auto& r) { i.bytes += r.bytes(1 + r.below(300)); }, Expect::kRefused},
};

TEST(Mutation, LogitsFile) {
  testing::TempFolder folder;
  const LogitsKey key = key_of(11, 13);
  write(folder.file("x"), key, some_codes(11 * 13));
  const std::vector<LogitsImage> images = {{testing::read_file(folder.file("x"))}};
  testing::MemoryFile file;
  testing::run_campaign<LogitsImage>(images, kMutators, 5000, 8,
                                     [&](const LogitsImage& image) -> testing::Verdict {
                                       file.set(image.bytes);
                                       const auto reader = LogitsReader::open(file.path(), key);
                                       if (!reader) return reader.error();
                                       uint64_t sum = 0;
                                       for (uint64_t r = 0; r < key.rows; ++r) {
                                         for (const LogitCode code : reader->row(r)) sum += code;
                                       }
                                       EXPECT_GT(sum, 0u);
                                       return std::nullopt;
                                     });
}

}  // namespace
}  // namespace tern
