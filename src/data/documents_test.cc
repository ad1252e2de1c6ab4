#include "data/documents.h"

#include <gtest/gtest.h>

#include "base/mutation.h"
#include "base/testing.h"
#include "data/compressed_testing.h"
#include "net/digest.h"

namespace tern {
namespace {

using testing::gzip;
using testing::Random;
using testing::TempFolder;
using testing::zstd;

struct Read {
  std::vector<RawDocument> documents;
  int64_t lines = 0;
  std::string sha256;
};

Result<Read> read_all(const std::string& path) {
  TERN_ASSIGN(const auto reader, open_documents(path));
  Read read;
  while (true) {
    TERN_ASSIGN(auto document, reader->next());
    if (!document) break;
    read.documents.push_back(std::move(*document));
  }
  read.lines = reader->lines();
  read.sha256 = reader->source().sha256();
  return read;
}

Result<Read> read_as(const std::string& name, std::string_view content) {
  const TempFolder folder;
  testing::write_file(folder.file(name), content);
  return read_all(folder.file(name));
}

/// "line: text" or "line! reason" of each document.
std::vector<std::string> shown(const Result<Read>& read) {
  if (!read) return {read.error().message()};
  std::vector<std::string> lines;
  for (const RawDocument& document : read->documents) {
    lines.push_back(document.broken.empty() ? fmt::format("{}: {}", document.line, document.text)
                                            : fmt::format("{}! {}", document.line, document.broken));
  }
  return lines;
}

using Shown = std::vector<std::string>;

TEST(Documents, OfJsonLinesAreTheLines) {
  EXPECT_EQ(shown(read_as("x.jsonl", "a\n\n  \nb\r\nc")), (Shown{"1: a", "4: b", "5: c"}));
  EXPECT_EQ(shown(read_as("x.ndjson", "\xEF\xBB\xBF{}\n")), Shown{"1: {}"});
  EXPECT_EQ(shown(read_as("x.jsonl", "")), Shown{});
  EXPECT_EQ(shown(read_as("x.jsonl", "a\n\xFF\nb\n")), (Shown{"1: a", "2! not UTF-8", "3: b"}));
}

TEST(Documents, TooLongAreSkipped) {
  const std::string longest(16 << 20, 'x');
  const auto read = read_as("x.jsonl", longest + "\n" + longest + "y\nshort\n" + longest + "yy");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->documents.size(), 4u);
  EXPECT_EQ(read->documents[0].text, longest);
  EXPECT_EQ(read->documents[1].broken, "longer than 16 MiB");
  EXPECT_EQ(read->documents[2].text, "short");
  EXPECT_EQ(read->documents[2].line, 3);
  EXPECT_EQ(read->documents[3].broken, "longer than 16 MiB");
  EXPECT_EQ(read->lines, 4);
}

TEST(Documents, OfTextEndAtSeparators) {
  EXPECT_EQ(shown(read_as("x.txt", "\n\na\n b\n\nc\n\n")), Shown{"3: a\n b\n\nc"});
  EXPECT_EQ(shown(read_as("x.txt", "a\n<|endoftext|>\n<|endoftext|>\nb\n<|end_of_text|>\n\nc <|endoftext|>")),
            (Shown{"1: a", "4: b", "7: c <|endoftext|>"}));
  EXPECT_EQ(shown(read_as("x.txt", "a\n\xFF\nb\n")), (Shown{"1: a", "2! not UTF-8", "3: b"}));
  EXPECT_EQ(shown(read_as("x.txt", "\xFF\n\xFF")), (Shown{"1! not UTF-8", "2! not UTF-8"}));
}

TEST(Documents, OfTextAreNotTooLong) {
  const std::string line(1000, 'x');
  std::string paragraphs, lines;
  for (int i = 0; i < 600; ++i) paragraphs += line + (i % 10 == 9 ? "\n\n" : "\n");
  const auto read = read_as("x.txt", paragraphs);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->documents.size(), 3u);
  EXPECT_GE(read->documents[0].text.size(), 256u << 10);
  EXPECT_LT(read->documents[0].text.size(), (256u << 10) + 10 * line.size() + 20);
  EXPECT_EQ(read->documents[1].line, 270 + 27 + 1) << "after 27 paragraphs of 11 lines";
  for (int i = 0; i < 2500; ++i) lines += line + "\n";
  const auto unbroken = read_as("x.txt", lines);
  ASSERT_TRUE(unbroken);
  EXPECT_EQ(unbroken->documents.size(), 3u);
}

TEST(Documents, AreTheSameCompressed) {
  std::string text;
  for (int i = 0; i < 30000; ++i) text += fmt::format("line {}\n", i * 7919 % 30011);
  const auto plain = shown(read_as("x.jsonl", text));
  ASSERT_EQ(plain.size(), 30000u);
  const size_t half = text.size() / 2;
  const std::string one = text.substr(0, half), two = text.substr(half);
  EXPECT_EQ(shown(read_as("x.jsonl.gz", gzip(text))), plain);
  EXPECT_EQ(shown(read_as("x.jsonl.gz", gzip(one) + gzip("") + gzip(two))), plain);
  EXPECT_EQ(shown(read_as("x.jsonl.zst", zstd(text))), plain);
  EXPECT_EQ(shown(read_as("x.jsonl.zst", zstd(one) + zstd("") + zstd(two))), plain);
  EXPECT_EQ(shown(read_as("x.jsonl.gz", text)), plain) << "a name may be wrong";
  const auto read = read_as("x.jsonl.gz", gzip(text));
  Digest digest(DigestKind::kSha256);
  digest.update(gzip(text));
  EXPECT_EQ(read->sha256, digest.hex());
}

void expect_refused(const Result<Read>& read, std::string_view text) {
  ASSERT_FALSE(read) << text;
  EXPECT_EQ(read.error().code(), ErrorCode::kBadFile) << read.error().message();
  EXPECT_NE(read.error().message().find(text), std::string::npos) << read.error().message();
}

TEST(Documents, TruncatedAreRefused) {
  for (const std::string& whole : {gzip("one\ntwo\nthree\n"), zstd("one\ntwo\nthree\n")}) {
    for (size_t length = 5; length < whole.size(); ++length)
      expect_refused(read_as("x.jsonl.zst", whole.substr(0, length)), "truncated");
    expect_refused(read_as("x.jsonl.zst", whole + "junk"), "broken");
  }
}

TEST(Documents, ThatGrowWithoutMeasureAreRefused) {
  const std::string text(100 << 20, ' ');
  expect_refused(read_as("x.jsonl.zst", zstd(text)), "grows more than 1000 times");
  expect_refused(read_as("x.jsonl.gz", gzip(text)), "grows more than 1000 times");
}

TEST(Documents, NeedANameThatTells) {
  for (const char* name : {"x.csv", "x", "x.gz", "jsonl", "x.json.gz"}) {
    const auto read = read_as(name, "a");
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(read_all("/nowhere/x.txt").error().code(), ErrorCode::kNotFound);
}

using Image = std::string;

void change_byte(Image& image, Random& random) {
  if (!image.empty()) image[random.below(image.size())] ^= static_cast<char>(1 + random.below(255));
}
void cut(Image& image, Random& random) {
  image.resize(random.below(image.size() + 1));
}
void insert_bytes(Image& image, Random& random) {
  image.insert(random.below(image.size() + 1), random.bytes(1 + random.below(20)));
}
void repeat(Image& image, Random& random) {
  const size_t begin = random.below(image.size() + 1);
  image += image.substr(begin, random.below(200));
}

TEST(Documents, SurviveBrokenStreams) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("{{\"text\": \"{}\"}}\n", i * i);
  const Image seeds[] = {gzip(text), zstd(text), text, gzip("") + gzip(text), zstd(text) + zstd("x")};
  const testing::Mutator<Image> mutators[] = {
      {"byte", change_byte}, {"cut", cut}, {"insert", insert_bytes}, {"repeat", repeat}};
  const TempFolder folder;
  const std::string path = folder.file("x.txt");
  testing::run_campaign<Image>(seeds, mutators, 4000, 8, [&](const Image& image) -> testing::Verdict {
    testing::write_file(path, image);
    const auto read = read_all(path);
    if (!read) return read.error();
    return std::nullopt;
  });
}

}  // namespace
}  // namespace tern
