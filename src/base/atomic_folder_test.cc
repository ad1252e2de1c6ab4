// AtomicFolder, and what killed processes leave of it and of AtomicFile.
#include "base/atomic_folder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "base/atomic_file.h"
#include "base/testing.h"

namespace tern {
namespace {

using testing::TempFolder;

size_t entries(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

void write_whole(const std::string& path, std::string_view text) {
  auto file = AtomicFile::create(path);
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE(file->write(text));
  ASSERT_TRUE(file->commit());
}

/// Runs `work` in another process and returns how that ended (waitpid's status).
int in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(AtomicFolder, CommitPutsItInPlace) {
  for (const char* name : {"model", "model/", "empty", "link"}) {
    TempFolder around;
    std::filesystem::create_directory(around.file("empty"));
    std::filesystem::create_directory_symlink(around.file("empty"), around.file("link"));
    auto folder = AtomicFolder::create(around.file(name));
    ASSERT_TRUE(folder) << folder.error().message();
    AtomicFolder moved = std::move(*folder);
    write_whole(moved.path("config.json"), "{}");
    write_whole(moved.path("weights"), "abc");
    EXPECT_FALSE(std::filesystem::exists(around.file(name) + "/weights"));
    const Status status = moved.commit();
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_EQ(testing::read_file(around.file(name) + "/weights"), "abc");
    EXPECT_EQ(entries(around.file(name)), 2u);
    EXPECT_EQ(entries(around.path()), std::string_view(name).starts_with("model") ? 3u : 2u);
  }
}

TEST(AtomicFolder, DestroyedWithoutCommitLeavesNothing) {
  TempFolder around;
  {
    auto folder = AtomicFolder::create(around.file("model"));
    ASSERT_TRUE(folder);
    write_whole(folder->path("weights"), "abc");
    std::filesystem::create_directory(folder->path("original"));
    testing::write_file(folder->path("original") + "/tokenizer.model", "x");
    EXPECT_EQ(entries(around.path()), 1u);
  }
  EXPECT_EQ(entries(around.path()), 0u);
}

TEST(AtomicFolder, RefusesWhatIsThere) {
  TempFolder around;
  std::filesystem::create_directory(around.file("full"));
  testing::write_file(around.file("full/x"), "x");
  testing::write_file(around.file("file"), "x");
  std::filesystem::create_symlink(around.file("nowhere"), around.file("link"));
  for (const char* name : {"full", "full/", "file", "link"}) {
    const auto folder = AtomicFolder::create(around.file(name));
    ASSERT_FALSE(folder) << name;
    EXPECT_EQ(folder.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(folder.error().message().find("choose another name"), std::string::npos);
  }
  EXPECT_EQ(AtomicFolder::create("").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(AtomicFolder::create(around.file("absent/model")).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(entries(around.path()), 3u);
}

TEST(AtomicFolder, TargetFilledMeanwhileStays) {
  TempFolder around;
  {
    auto folder = AtomicFolder::create(around.file("model"));
    ASSERT_TRUE(folder);
    write_whole(folder->path("weights"), "ours");
    std::filesystem::create_directory(around.file("model"));
    testing::write_file(around.file("model/weights"), "theirs");
    EXPECT_EQ(folder->commit().error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(testing::read_file(around.file("model/weights")), "theirs");
  EXPECT_EQ(entries(around.path()), 1u);
}

TEST(Temporaries, OfKilledProcessesGoWithTheNextCreate) {
  TempFolder around;
  const int status = in_child([&] {
    auto folder = AtomicFolder::create(around.file("model"));
    auto file = AtomicFile::create(around.file("model.gguf"));
    if (folder && file && file->write("half")) {
      testing::write_file(folder->path("weights"), "half");
      ::raise(SIGKILL);
    }
  });
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ(entries(around.path()), 2u);
  // Those of living processes, and names that only look alike, are left.
  const auto own_folder = AtomicFolder::create(around.file("model"));
  const auto own_file = AtomicFile::create(around.file("model.gguf"));
  ASSERT_TRUE(own_folder && own_file);
  EXPECT_EQ(entries(around.path()), 2u);
  for (const char* name : {"model.tern-tmp-x-1", "model.tern-tmp-4194304", "model.tern-tmp-4194304-1x",
                           "model2.tern-tmp-4194304-1", "model.tmp-4194304-1", "model.tern-tmp-20261128-1"}) {
    testing::write_file(around.file(name), "x");
  }
  // A living process is about to lock its own.
  testing::write_file(around.file(fmt::format("model.tern-tmp-{}-0", ::getppid())), "x");
  ASSERT_TRUE(AtomicFolder::create(around.file("model")));
  ASSERT_TRUE(AtomicFile::create(around.file("model.gguf")));
  EXPECT_EQ(entries(around.path()), 9u);
}

TEST(AtomicFile, WhatAppearsMeanwhileIsKept) {
  TempFolder around;
  for (const IfThere if_there : {IfThere::kRefuse, IfThere::kReplace}) {
    auto file = AtomicFile::create(around.file("model"));
    ASSERT_TRUE(file && file->write("ours"));
    testing::write_file(around.file("model"), "theirs");
    const Status done = file->commit(if_there);
    EXPECT_EQ(done.has_value(), if_there == IfThere::kReplace);
    EXPECT_EQ(testing::read_file(around.file("model")), done ? "ours" : "theirs");
    EXPECT_EQ(entries(around.path()), 1u);
  }
  auto file = AtomicFile::create(around.file("new"));
  ASSERT_TRUE(file && file->write("ours") && file->commit(IfThere::kRefuse));
  EXPECT_EQ(testing::read_file(around.file("new")), "ours");
}

TEST(AtomicFolder, AnEmptyFolderKeepsItsMode) {
  TempFolder around;
  ASSERT_EQ(::mkdir(around.file("model").c_str(), 0700), 0);
  auto folder = AtomicFolder::create(around.file("model/."));
  ASSERT_TRUE(folder) << folder.error().message();
  ASSERT_TRUE(folder->commit());
  struct stat info {};
  ASSERT_EQ(::stat(around.file("model").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

/// In a container the next process has the number of the one that was killed.
TEST(Temporaries, OfAnEarlierProcessWithOurNumberGo) {
  TempFolder around;
  testing::write_file(around.file(fmt::format("model.tern-tmp-{}-999999", ::getpid())), "x");
  ASSERT_TRUE(AtomicFile::create(around.file("model")));
  EXPECT_EQ(entries(around.path()), 0u);
}

/// No process of the name's number is there, but somebody has the lock: one of another container, say.
TEST(Temporaries, UnderALockAreLeft) {
  TempFolder around;
  const std::string path = around.file("model.tern-tmp-4194304-1");
  int ready[2], release[2];
  ASSERT_EQ(::pipe(ready) + ::pipe(release), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = AtomicFile::create(around.file("other"));
    for (const auto& entry : std::filesystem::directory_iterator(around.path()))
      std::filesystem::rename(entry.path(), path);
    char byte = 0;
    static_cast<void>(::write(ready[1], &byte, 1) + ::read(release[0], &byte, 1));
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_TRUE(AtomicFile::create(around.file("model")));
  EXPECT_TRUE(std::filesystem::exists(path));
  ASSERT_EQ(::write(release[1], &byte, 1), 1);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_TRUE(AtomicFile::create(around.file("model")));
  EXPECT_FALSE(std::filesystem::exists(path));
  for (const int fd : {ready[0], ready[1], release[0], release[1]}) ::close(fd);
}

TEST(AtomicFolder, FullDiskIsAnErrorAndLeavesNothing) {
  TempFolder around;
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto write = [&]() -> Status {
      TERN_ASSIGN(const auto folder, AtomicFolder::create(around.file("model")));
      TERN_ASSIGN(auto file, AtomicFile::create(folder.path("weights")));
      TERN_TRY(file.write(std::string(100000, 'x')));
      return file.commit();
    };
    const Status written = write();
    const bool named = !written && written.error().code() == ErrorCode::kIo &&
                       written.error().message().find("weights") != std::string::npos;
    ::_exit(named ? 0 : 1);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(entries(around.path()), 0u);
}

}  // namespace
}  // namespace tern
