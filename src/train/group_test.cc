#include "train/group.h"

#include <gtest/gtest.h>

#include <map>

namespace tern::train {
namespace {

Result<Place> place(const std::map<std::string, std::string>& variables) {
  return place_from([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

TEST(Places, OfEveryStarter) {
  EXPECT_EQ(place({}).value().world, 1);
  const Place torchrun = place({{"RANK", "2"},
                                {"WORLD_SIZE", "4"},
                                {"MASTER_ADDR", "node1"},
                                {"MASTER_PORT", "1234"},
                                {"TORCHELASTIC_USE_AGENT_STORE", "True"}})
                             .value();
  EXPECT_EQ(torchrun.rank, 2);
  EXPECT_EQ(torchrun.world, 4);
  EXPECT_EQ(torchrun.address, "node1");
  EXPECT_EQ(torchrun.port, 1234);
  EXPECT_TRUE(torchrun.store_is_there);
  EXPECT_EQ(place({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}}).value().rank, 1);
  EXPECT_EQ(place({{"PMI_RANK", "1"}, {"PMI_SIZE", "3"}}).value().world, 3);
  const Place slurm =
      place({{"SLURM_PROCID", "5"}, {"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.1"}})
          .value();
  EXPECT_EQ(slurm.rank, 5);
  EXPECT_EQ(slurm.address, "10.0.0.1");
  // In an allocation, but not started by srun.
  EXPECT_EQ(place({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}}).value().world, 1);
}

TEST(Places, WhatMakesNoSenseIsNamed) {
  const auto wrong = place({{"RANK", "4"}, {"WORLD_SIZE", "4"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(), "environment variable RANK=4: must be a number from 0 to 3");
  EXPECT_FALSE(place({{"RANK", "x"}, {"WORLD_SIZE", "4"}}));
  EXPECT_FALSE(place({{"MASTER_PORT", "70000"}}));
}

TEST(EvenBounds, CoverAll) {
  EXPECT_EQ(even_bounds(100, 1), (std::vector<int64_t>{0, 100}));
  EXPECT_EQ(even_bounds(100, 2), (std::vector<int64_t>{0, 48, 100}));
  EXPECT_EQ(even_bounds(20, 4), (std::vector<int64_t>{0, 0, 16, 16, 20}));
}

}  // namespace
}  // namespace tern::train
