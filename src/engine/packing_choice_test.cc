#include "engine/packing_choice.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "base/mmap.h"
#include "base/testing.h"
#include "kernels/isa.h"

namespace tern {
namespace {

using namespace testing;

constexpr size_t kBytes = 1 << 20;

class PackingChoice : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }
  Packing choose(int64_t cols) { return choose_packing(cols, &pool_, cache_, kBytes); }
  Json cached() const {
    const auto text = read_small_file(cache_, 1 << 20);
    EXPECT_TRUE(text);
    return text ? *parse_json(*text, cache_) : Json();
  }
  TempFolder folder_;
  std::string cache_ = folder_.file("a/b/packing.json");
  ThreadPool pool_{2};
};

TEST_F(PackingChoice, MeasuresOnceAMachineAndShape) {
  const Packing first = choose(640);
  EXPECT_TRUE(first == Packing::kT2 || first == Packing::kT5);
  Json json = cached();
  ASSERT_EQ(json.size(), 1u);
  const std::string key = json.begin().key();
  EXPECT_NE(key.find(isa_name(active_isa())), std::string::npos) << key;
  EXPECT_NE(key.find("640 columns"), std::string::npos) << key;
  EXPECT_EQ(json[key], packing_name(first));
  // What the file says counts.
  for (const Packing packing : {Packing::kT2, Packing::kT5}) {
    json[key] = packing_name(packing);
    write_file(cache_, dump_json(json));
    EXPECT_EQ(choose(640), packing);
  }
  choose(1280);
  EXPECT_EQ(cached().size(), 2u);
}

TEST_F(PackingChoice, ABrokenCacheIsMadeAnew) {
  std::filesystem::create_directories(folder_.file("a/b"));
  for (const char* text : {"", "[1, 2]", "{\"x\": "}) {
    write_file(cache_, text);
    choose(256);
    EXPECT_EQ(cached().size(), 1u) << text;
  }
  Json json = cached();
  json[json.begin().key()] = 7;
  write_file(cache_, dump_json(json));
  choose(256);
  EXPECT_TRUE(cached().begin()->is_string());
}

TEST_F(PackingChoice, ScalarKernelsDoNotWaitForMemory) {
  select_kernels(Isa::kScalar);
  EXPECT_EQ(choose(256), Packing::kT2);
  EXPECT_FALSE(std::filesystem::exists(cache_));
}

TEST(PackingCachePath, IsTheUsersCache) {
  const char* const old_cache = std::getenv("XDG_CACHE_HOME");
  const std::string cache = old_cache == nullptr ? "" : old_cache;
  const char* const old_home = std::getenv("HOME");
  const std::string home = old_home == nullptr ? "" : old_home;
  setenv("XDG_CACHE_HOME", "/c", 1);
  EXPECT_EQ(packing_cache_path(), "/c/tern/packing.json");
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", "/h", 1);
  EXPECT_EQ(packing_cache_path(), "/h/.cache/tern/packing.json");
  unsetenv("HOME");
  EXPECT_EQ(packing_cache_path(), "");
  if (old_cache != nullptr) setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  if (old_home != nullptr) setenv("HOME", home.c_str(), 1);
}

TEST_F(PackingChoice, NeedsNoCache) {
  const Packing packing = choose_packing(256, &pool_, "", kBytes);
  EXPECT_TRUE(packing == Packing::kT2 || packing == Packing::kT5);
  choose_packing(256, &pool_, "/proc/no/such/packing.json", kBytes);
}

}  // namespace
}  // namespace tern
