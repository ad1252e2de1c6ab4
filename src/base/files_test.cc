// AtomicFile and MappedFile.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "base/atomic_file.h"
#include "base/mmap.h"
#include "base/testing.h"

namespace tern {
namespace {

using testing::TempFolder;

size_t entries(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(AtomicFile, CommitReplacesTheTarget) {
  TempFolder folder;
  const std::string path = folder.file("x");
  testing::write_file(path, "old");
  auto file = AtomicFile::create(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write("new "));
  ASSERT_TRUE(file->write(std::span<const uint8_t>()));
  ASSERT_TRUE(file->write("text"));
  EXPECT_EQ(file->position(), 8u);
  EXPECT_EQ(testing::read_file(path), "old");
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(testing::read_file(path), "new text");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, DestroyedWithoutCommitLeavesTheTarget) {
  TempFolder folder;
  const std::string path = folder.file("x");
  testing::write_file(path, "old");
  {
    auto file = AtomicFile::create(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("new"));
    EXPECT_EQ(entries(folder.path()), 2u);
  }
  EXPECT_EQ(testing::read_file(path), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, MovedFromOwnsNothing) {
  TempFolder folder;
  std::optional<AtomicFile> kept;
  {
    auto file = AtomicFile::create(folder.file("x"));
    ASSERT_TRUE(file);
    kept.emplace(std::move(*file));
  }
  ASSERT_TRUE(kept->write("text"));
  ASSERT_TRUE(kept->commit());
  EXPECT_EQ(testing::read_file(folder.file("x")), "text");
}

TEST(AtomicFile, RefusesWhatIsNoFile) {
  TempFolder folder;
  EXPECT_EQ(AtomicFile::create("").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AtomicFile::create(folder.path()).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AtomicFile::create(folder.file("absent/x")).error().code(), ErrorCode::kNotFound);
  ASSERT_EQ(mkfifo(folder.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(AtomicFile::create(folder.file("fifo")).error().code(), ErrorCode::kInvalidArgument);
}

TEST(MappedFile, HoldsTheBytes) {
  TempFolder folder;
  const std::string content("a\0b", 3);
  testing::write_file(folder.file("x"), content);
  auto file = MappedFile::open(folder.file("x"));
  ASSERT_TRUE(file);
  MappedFile moved = std::move(*file);
  const auto bytes = moved.bytes();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), content);
  EXPECT_EQ(moved.path(), folder.file("x"));
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, MoveAssignmentReleasesNothingInUse) {
  TempFolder folder;
  testing::write_file(folder.file("x"), "xx");
  testing::write_file(folder.file("y"), "yyy");
  auto x = MappedFile::open(folder.file("x")), y = MappedFile::open(folder.file("y"));
  ASSERT_TRUE(x && y);
  *x = std::move(*y);
  EXPECT_EQ(x->bytes().size(), 3u);
  EXPECT_EQ(x->bytes()[2], 'y');
}

TEST(MappedFile, EmptyMissingFolderAndFifo) {
  TempFolder folder;
  testing::write_file(folder.file("empty"), "");
  const auto empty = MappedFile::open(folder.file("empty"));
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->bytes().empty());
  EXPECT_EQ(MappedFile::open(folder.file("absent")).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(MappedFile::open(folder.path()).error().code(), ErrorCode::kBadFile);
  ASSERT_EQ(mkfifo(folder.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(MappedFile::open(folder.file("fifo")).error().code(), ErrorCode::kBadFile);  // and does not hang
}

TEST(MappedFile, NameInTheWayIsAnIoError) {
  TempFolder folder;
  testing::write_file(folder.file("x"), "x");
  EXPECT_EQ(MappedFile::open(folder.file("x/y")).error().code(), ErrorCode::kIo);
}

TEST(ReadSmallFile, HasALimit) {
  TempFolder folder;
  testing::write_file(folder.file("x"), "12345");
  EXPECT_EQ(*read_small_file(folder.file("x"), 5), "12345");
  EXPECT_EQ(read_small_file(folder.file("x"), 4).error().code(), ErrorCode::kBadFile);
}

}  // namespace
}  // namespace tern
