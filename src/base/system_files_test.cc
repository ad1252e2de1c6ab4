#include "base/system_files.h"

#include <sys/stat.h>

#include "base/cgroup.h"
#include "base/cpu_name.h"
#include "base/testing.h"

namespace tern {
namespace {

using testing::FakeSystem;

TEST(SystemFiles, ReadsWhatIsThere) {
  FakeSystem fake;
  fake.write("proc/number", " 42\nrest\n");
  fake.write("proc/empty", "");
  fake.write("proc/long", std::string(3 << 20, 'x'));
  const SystemFiles files = fake.files();
  EXPECT_EQ(files.read("/proc/number"), " 42\nrest\n");
  EXPECT_EQ(files.read_line("/proc/number"), "42");
  EXPECT_EQ(files.read_number("/proc/number"), 42u);
  EXPECT_EQ(files.read("/proc/empty"), "");
  EXPECT_EQ(files.read_line("/proc/empty"), "");
  EXPECT_EQ(files.read_number("/proc/empty"), std::nullopt);
  EXPECT_EQ(files.read("/proc/long")->size(), size_t{1} << 20)
      << "a file without end must not fill the memory";
}

TEST(SystemFiles, WhatIsNoFileIsNotThere) {
  FakeSystem fake;
  fake.write("proc/file", "x");
  ASSERT_EQ(::mkfifo(fake.path("proc/fifo").c_str(), 0600), 0);
  for (const char* path : {"/none", "/proc", "/proc/fifo", "/proc/file/below"}) {
    EXPECT_EQ(fake.files().read(path), std::nullopt) << path;
  }
}

TEST(SystemFiles, TheRealOnesHaveNoSize) {
  EXPECT_GT(SystemFiles().read("/proc/self/status").value_or("").size(), 0u);
}

TEST(SystemFiles, Numbers) {
  EXPECT_EQ(whole_number_of("0"), 0u);
  EXPECT_EQ(whole_number_of("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "max", "-1", "+1", "1 ", " 1", "1.5", "0x10", "18446744073709551616"}) {
    EXPECT_EQ(whole_number_of(text), std::nullopt) << text;
  }
}

TEST(SystemFiles, Fields) {
  constexpr std::string_view kText =
      "MemTotalLow: 1 kB\nMemTotal:       24684084 kB\nmodel name\t: A  B\nlast 7";
  EXPECT_EQ(field_of(kText, "MemTotal"), "24684084 kB");
  EXPECT_EQ(field_of(kText, "model name"), "A  B");
  EXPECT_EQ(field_of(kText, "last"), "7");
  EXPECT_EQ(field_of(kText, "first"), "");
  EXPECT_EQ(field_of("empty:\n", "empty"), "");
  EXPECT_EQ(kilobytes_field_of(kText, "MemTotal"), uint64_t{24684084} * 1024);
  EXPECT_EQ(kilobytes_field_of(kText, "model name"), std::nullopt);
  EXPECT_EQ(kilobytes_field_of("a: 18446744073709551615 kB", "a"), std::nullopt) << "it does not fit";
}

TEST(CpuName, OfBothKindsOfFile) {
  FakeSystem fake;
  EXPECT_EQ(cpu_name(fake.files()), "unknown CPU");
  fake.write("proc/cpuinfo",
             "processor\t: 0\nmodel\t\t: 207\nmodel name\t: Some(R) CPU @ 2 GHz\n\nprocessor\t: 1\n");
  EXPECT_EQ(cpu_name(fake.files()), "Some(R) CPU @ 2 GHz");
  fake.write("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\n");
  EXPECT_EQ(cpu_name(fake.files()), "unknown CPU");
}

TEST(Cgroup, NothingIsNoLimit) {
  FakeSystem fake;
  EXPECT_EQ(cgroup_processors(fake.files()), std::nullopt);
  EXPECT_FALSE(cgroup_memory(fake.files()));
}

TEST(Cgroup, Version2TakesTheLeastOfTheWayUp) {
  FakeSystem fake;
  fake.write("proc/self/cgroup", "0::/a.slice/b.service\n");
  fake.write("sys/fs/cgroup/a.slice/b.service/cpu.max", "400000 100000\n");
  fake.write("sys/fs/cgroup/a.slice/cpu.max", "150000 100000\n");
  fake.write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_processors(fake.files()), 1.5);

  fake.write("sys/fs/cgroup/a.slice/b.service/memory.max", "max\n");
  fake.write("sys/fs/cgroup/a.slice/memory.max", "1000000\n");
  fake.write("sys/fs/cgroup/a.slice/memory.current", "700000\n");
  fake.write("sys/fs/cgroup/a.slice/memory.stat", "anon 5\nactive_file 9\ninactive_file 200000\n");
  auto memory = cgroup_memory(fake.files());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->limit, 1000000u);
  EXPECT_EQ(memory->used, 500000u);
  EXPECT_EQ(memory->left(), 500000u);
  // A wider limit of which less is left.
  fake.write("sys/fs/cgroup/memory.max", "2000000\n");
  fake.write("sys/fs/cgroup/memory.current", "1900000\n");
  memory = cgroup_memory(fake.files());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->limit, 2000000u);
  EXPECT_EQ(memory->left(), 100000u);
}

// A container sees the path that its group has outside, of which nothing is mounted but the end.
TEST(Cgroup, InAContainerTheRootCounts) {
  FakeSystem fake;
  fake.write("proc/self/cgroup", "0::/docker/0123456789abcdef\n");
  fake.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(cgroup_processors(fake.files()), 0.5);
}

TEST(Cgroup, Version1HasATreeAController) {
  FakeSystem fake;
  fake.write("proc/self/cgroup", "9:name=systemd:/\n4:memory:/box\n2:cpuacct,cpu:/part\n0::/\n");
  fake.write("sys/fs/cgroup/cpu/part/cpu.cfs_quota_us", "300000\n");
  fake.write("sys/fs/cgroup/cpu/part/cpu.cfs_period_us", "100000\n");
  fake.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  fake.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_processors(fake.files()), 3);
  fake.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(cgroup_memory(fake.files())) << "that number means no limit";
  fake.write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "4000\n");
  fake.write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "5000\n");
  fake.write("sys/fs/cgroup/memory/box/memory.stat", "inactive_file 1\ntotal_inactive_file 600\n");
  const auto memory = cgroup_memory(fake.files());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->used, 4400u);
  EXPECT_EQ(memory->left(), 0u) << "not below zero";
}

TEST(Cgroup, HostileTextsAreNoLimits) {
  FakeSystem fake;
  fake.write("sys/fs/cgroup/cgroup.procs", "1\n");
  std::string deep = "0::";
  for (int i = 0; i < 20000; ++i) deep += "/d";
  for (const std::string& groups : {std::string("0::/../../secret\n"), std::string("0::relative\n"),
                                    std::string("::::\n\n:\n0"), deep, std::string(2 << 20, ':')}) {
    fake.write("proc/self/cgroup", groups);
    fake.write("sys/secret/cpu.max", "1 1000\n");
    EXPECT_EQ(cgroup_processors(fake.files()), std::nullopt) << groups.substr(0, 40);
  }
  for (const char* quota : {"", "max", "max 100000", "0 100000", "100000 0", "-5 100000", "1e9 1", "100000",
                            "1 2 3", "99999999999999999999 1"}) {
    fake.write("sys/fs/cgroup/cpu.max", quota);
    EXPECT_EQ(cgroup_processors(fake.files()), std::nullopt) << quota;
  }
  for (const char* limit : {"", "max", "-1", "many", "99999999999999999999"}) {
    fake.write("sys/fs/cgroup/memory.max", limit);
    EXPECT_FALSE(cgroup_memory(fake.files())) << limit;
  }
}

}  // namespace
}  // namespace tern
