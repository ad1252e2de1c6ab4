#include "base/file_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/testing.h"

namespace tern {
namespace {

TEST(FileLock, OneHolderAtATimeAndNothingLeft) {
  const testing::TempFolder folder;
  const std::string path = folder.file("lock");
  std::atomic<int> holders = 0, most = 0, waits = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const auto lock = FileLock::acquire(path, [&] { ++waits; });
        ASSERT_TRUE(lock);
        most = std::max<int>(most, ++holders);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        --holders;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_GT(waits, 0);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(FileLock, RefusesWhatItCannotOpen) {
  const testing::TempFolder folder;
  EXPECT_EQ(FileLock::acquire(folder.file("absent/lock"), [] {}).error().code(), ErrorCode::kIo);
  std::filesystem::create_symlink(folder.file("elsewhere"), folder.file("link"));
  EXPECT_EQ(FileLock::acquire(folder.file("link"), [] {}).error().code(), ErrorCode::kIo);
  EXPECT_FALSE(std::filesystem::exists(folder.file("elsewhere")));
}

}  // namespace
}  // namespace tern
