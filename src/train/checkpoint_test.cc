#include "train/checkpoint.h"

#include <filesystem>
#include <fstream>

#include "base/testing.h"
#include "train/testing.h"

namespace tern::train {
namespace {

namespace fs = std::filesystem;
using namespace testing;  // NOLINT: the tests' own

class CheckpointFolders : public ::testing::Test {
 protected:
  tern::testing::TempFolder temporary_;
  Checkpoints checkpoints_{temporary_.file("checkpoints"), 2};
  NamedTensors tensors_ = {{"a", at::arange(10, at::kFloat)}, {"b", at::ones({3}) / 3}};
};

TEST_F(CheckpointFolders, GiveBackWhatWasSaved) {
  EXPECT_TRUE(checkpoints_.steps().empty());
  ASSERT_TRUE(checkpoints_.save(7, {{"x", 1}}, tensors_, std::nullopt));
  EXPECT_EQ(checkpoints_.steps(), std::vector<int64_t>{7});
  const NamedTensors loaded = {{"a", at::zeros({10})}, {"b", at::zeros({3})}};
  const auto state = checkpoints_.load(7, loaded);
  ASSERT_TRUE(state) << state.error().message();
  EXPECT_EQ(*state, Json({{"x", 1}}));
  for (const auto& [name, tensor] : tensors_) EXPECT_TRUE(at::equal(tensor, loaded.at(name))) << name;
}

TEST_F(CheckpointFolders, KeepTheNewestAndTheBest) {
  for (const int64_t step : {10, 20, 30, 40, 50}) ASSERT_TRUE(checkpoints_.save(step, {}, tensors_, 20));
  EXPECT_EQ(checkpoints_.steps(), (std::vector<int64_t>{20, 40, 50}));
  ASSERT_TRUE(checkpoints_.save(50, {{"again", true}}, tensors_, 20));
  EXPECT_EQ(checkpoints_.steps(), (std::vector<int64_t>{20, 40, 50}));
}

TEST_F(CheckpointFolders, ADamagedOneIsRefusedByName) {
  ASSERT_TRUE(checkpoints_.save(1, Json::object(), tensors_, std::nullopt));
  const std::string file = temporary_.file("checkpoints") + "/step-0000000001/a.f32";
  {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(5);
    stream.put('x');
  }
  const auto damaged = checkpoints_.load(1, {{"a", at::zeros({10})}});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code(), ErrorCode::kBadFile);
  EXPECT_NE(damaged.error().message().find("a.f32: the checksum"), std::string::npos)
      << damaged.error().message();
  fs::resize_file(file, 12);
  const auto shorter = checkpoints_.load(1, {{"a", at::zeros({10})}});
  ASSERT_FALSE(shorter);
  EXPECT_NE(shorter.error().message().find("12 bytes, but the recipe's model needs 40"), std::string::npos);
  EXPECT_EQ(checkpoints_.load(1, {{"c", at::zeros({10})}}).error().code(), ErrorCode::kBadFile);
  EXPECT_EQ(checkpoints_.load(2, {}).error().code(), ErrorCode::kNotFound);
}

// What a killed process leaves is no checkpoint, and in nobody's way.
TEST_F(CheckpointFolders, UnfinishedOnesDoNotCount) {
  fs::create_directories(temporary_.file("checkpoints") + "/step-0000000009.tern-tmp-999999-1");
  fs::create_directories(temporary_.file("checkpoints") + "/other");
  EXPECT_TRUE(checkpoints_.steps().empty());
  ASSERT_TRUE(checkpoints_.save(9, {}, tensors_, std::nullopt));
  EXPECT_EQ(checkpoints_.steps(), std::vector<int64_t>{9});
}

}  // namespace
}  // namespace tern::train
