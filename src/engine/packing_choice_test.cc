#include "engine/packing_choice.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/json.h"
#include "base/mmap.h"
#include "base/testing.h"
#include "kernels/isa.h"

namespace tern {
namespace {

using namespace testing;

class PackingChoice : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(init_kernels()); }
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
  const Packing first = choose_packing(640, &pool_, cache_);
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
    EXPECT_EQ(choose_packing(640, &pool_, cache_), packing);
  }
  choose_packing(1280, &pool_, cache_);
  EXPECT_EQ(cached().size(), 2u);
}

TEST_F(PackingChoice, ABrokenCacheIsMadeAnew) {
  std::filesystem::create_directories(folder_.file("a/b"));
  for (const char* text : {"", "[1, 2]", "{\"x\": ", "{}"}) {
    write_file(cache_, text);
    choose_packing(256, &pool_, cache_);
    EXPECT_EQ(cached().size(), 1u) << text;
  }
  Json json = cached();
  json[json.begin().key()] = 7;
  write_file(cache_, dump_json(json));
  choose_packing(256, &pool_, cache_);
  EXPECT_TRUE(cached().begin()->is_string());
}

TEST_F(PackingChoice, NeedsNoCache) {
  const Packing packing = choose_packing(256, &pool_, "");
  EXPECT_TRUE(packing == Packing::kT2 || packing == Packing::kT5);
  choose_packing(256, &pool_, "/proc/no/such/packing.json");
}

}  // namespace
}  // namespace tern
