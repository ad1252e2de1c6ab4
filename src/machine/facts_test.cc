#include "machine/facts.h"

#include <unistd.h>

#include "base/testing.h"

namespace tern {
namespace {

class Facts : public ::testing::Test {
 protected:
  testing::FakeSystem system_;
  SystemFiles files_ = system_.files();
};

TEST_F(Facts, WithoutAnyFileNothingIsKnown) {
  const ProcessorFacts processor = read_processor(files_);
  EXPECT_EQ(processor.name, "unknown CPU");
  EXPECT_TRUE(processor.features.empty());
  EXPECT_EQ(processor.quota, std::nullopt);
  EXPECT_GE(processor.usable, 1);
  EXPECT_EQ(processor.governor, "");
  EXPECT_EQ(processor.cache_bytes, 0u);
  const MemoryFacts memory = read_memory(files_);
  EXPECT_EQ(memory.total, std::nullopt);
  EXPECT_EQ(memory.swap_used, 0u);
  EXPECT_EQ(read_huge_pages(files_), "");
  EXPECT_EQ(disk_of_device(files_, 8, 1), Disk::kUnknown);
}

TEST_F(Facts, Processor) {
  system_.write("proc/cpuinfo",
                "processor\t: 0\nmodel name\t: Golden CPU\nflags\t\t: fpu avx2 fma f16c avx2 avx512f "
                "avx512_vnni amx_int8\n\n"
                "processor\t: 1\nmodel name\t: Golden CPU\nflags\t\t: fpu\n");
  system_.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  system_.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n");
  for (const auto& [index, size] : {std::pair{0, "48K\n"}, {1, "32K\n"}, {2, "2048K\n"}, {3, "266240K\n"}}) {
    system_.write(fmt::format("sys/devices/system/cpu/cpu0/cache/index{}/size", index), size);
  }
  const ProcessorFacts facts = read_processor(files_);
  EXPECT_EQ(facts.name, "Golden CPU");
  EXPECT_EQ(facts.features, (std::vector<std::string>{"avx2", "fma", "f16c", "avx512f", "avx512_vnni"}));
  EXPECT_EQ(facts.governor, "powersave");
  EXPECT_EQ(facts.driver, "acpi-cpufreq");
  EXPECT_EQ(facts.cache_bytes, uint64_t{266240} * 1024);
}

TEST_F(Facts, ProcessorOfAnArm) {
  system_.write("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd evtstrm aes asimddp i8mm\n");
  EXPECT_EQ(read_processor(files_).features, (std::vector<std::string>{"asimd", "asimddp", "i8mm"}));
}

TEST_F(Facts, Memory) {
  system_.write("proc/meminfo",
                "MemTotal:       24684084 kB\nMemFree:        17404996 kB\nMemAvailable:   23899016 kB\n"
                "SwapTotal:       4194300 kB\nSwapFree:        4094300 kB\n");
  const MemoryFacts facts = read_memory(files_);
  EXPECT_EQ(facts.total, uint64_t{24684084} * 1024);
  EXPECT_EQ(facts.available, uint64_t{23899016} * 1024);
  EXPECT_EQ(facts.swap_total, uint64_t{4194300} * 1024);
  EXPECT_EQ(facts.swap_used, uint64_t{100000} * 1024);
}

TEST_F(Facts, HostileTextsLeaveFactsOut) {
  for (const char* text : {"", "\n\n\n", "MemTotal", "MemTotal:", "MemTotal: kB", "MemTotal: -5 kB",
                           "MemTotal: 99999999999999999999 kB", "MemTotal: 18446744073709551615 kB",
                           "\xff\xfe\x00MemTotal: 1"}) {
    system_.write("proc/meminfo", text);
    EXPECT_EQ(read_memory(files_).total, std::nullopt) << text;
  }
  system_.write("proc/meminfo", "SwapTotal: 1 kB\nSwapFree: 99 kB\n");
  EXPECT_EQ(read_memory(files_).swap_used, 0u) << "not below zero";
  for (const char* size : {"", "K", "x", "-1K", "12M", "18446744073709551615K"}) {
    system_.write("sys/devices/system/cpu/cpu0/cache/index0/size", size);
    EXPECT_EQ(read_processor(files_).cache_bytes, 0u) << size;
  }
  for (const char* setting : {"", "[", "]", "][", "always madvise never"}) {
    system_.write("sys/kernel/mm/transparent_hugepage/enabled", setting);
    EXPECT_EQ(read_huge_pages(files_), "") << setting;
  }
  system_.write("proc/cpuinfo", "flags: " + std::string(2 << 20, 'a'));
  EXPECT_TRUE(read_processor(files_).features.empty());
}

TEST_F(Facts, HugePages) {
  for (const char* setting : {"always", "madvise", "never"}) {
    std::string line = "always madvise never\n";
    line.replace(line.find(setting), std::string_view(setting).size(), fmt::format("[{}]", setting));
    system_.write("sys/kernel/mm/transparent_hugepage/enabled", line);
    EXPECT_EQ(read_huge_pages(files_), setting);
  }
}

TEST_F(Facts, DisksAndTheirPartitions) {
  system_.write("sys/devices/sda/queue/rotational", "1\n");
  system_.write("sys/devices/sda/sda1/start", "2048\n");
  system_.write("sys/devices/nvme0/queue/rotational", "0\n");
  system_.write("sys/devices/odd/queue/rotational", "maybe\n");
  system_.write("sys/dev/block/x", "");
  const auto link = [&](const char* name, const char* device) {
    std::filesystem::create_symlink(system_.path(std::string("sys/devices/") + device),
                                    system_.path(std::string("sys/dev/block/") + name));
  };
  link("8:0", "sda");
  link("8:1", "sda/sda1");
  link("259:0", "nvme0");
  link("7:0", "odd");
  system_.write("sys/devices/vda/queue/rotational", "1\n");
  system_.write("sys/devices/vda/uevent", "MAJOR=254\nMINOR=0\nDEVNAME=vda\nDEVTYPE=disk\n");
  link("254:0", "vda");
  EXPECT_EQ(disk_of_device(files_, 254, 0), Disk::kUnknown) << "a hypervisor's disk does not know";
  system_.write("sys/devices/sda/uevent", "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n");
  EXPECT_EQ(disk_of_device(files_, 8, 0), Disk::kRotating);
  EXPECT_EQ(disk_of_device(files_, 8, 1), Disk::kRotating);
  EXPECT_EQ(disk_of_device(files_, 259, 0), Disk::kSolid);
  EXPECT_EQ(disk_of_device(files_, 7, 0), Disk::kUnknown);
  EXPECT_EQ(disk_of_device(files_, 1, 2), Disk::kUnknown);
  EXPECT_EQ(disk_of(files_, "/nowhere/at/all"), Disk::kUnknown);
}

TEST_F(Facts, Folders) {
  EXPECT_EQ(look_at_folder("x", "").state, FolderState::kNowhere);
  EXPECT_EQ(look_at_folder("x", system_.path("")).state, FolderState::kWritable);
  EXPECT_EQ(look_at_folder("x", system_.path("") + "/").state, FolderState::kWritable);
  EXPECT_EQ(look_at_folder("x", system_.path("a/b/c")).state, FolderState::kMissing);
  EXPECT_EQ(look_at_folder("x", "/proc/none/a").state, FolderState::kUnwritable);
  system_.write("file", "");
  EXPECT_EQ(look_at_folder("x", system_.path("file")).state, FolderState::kUnwritable);
  EXPECT_EQ(look_at_folder("x", system_.path("file/below")).state, FolderState::kUnwritable);
  std::filesystem::create_symlink(system_.path("loop"), system_.path("loop"));
  EXPECT_EQ(look_at_folder("x", system_.path("loop/a")).state, FolderState::kUnwritable);
  if (::geteuid() == 0) return;  // may write anywhere
  std::filesystem::create_directory(system_.path("closed"));
  std::filesystem::permissions(system_.path("closed"), std::filesystem::perms::owner_read);
  EXPECT_EQ(look_at_folder("x", system_.path("closed")).state, FolderState::kUnwritable);
}

TEST(MemoryFacts, TheLeastLimitCounts) {
  MemoryFacts facts;
  EXPECT_EQ(facts.usable(), std::nullopt);
  EXPECT_EQ(facts.most(), std::nullopt);
  facts.total = 1000;
  facts.available = 700;
  facts.swap_total = 50;
  EXPECT_EQ(facts.usable(), 700u);
  EXPECT_EQ(facts.most(), 1050u);
  facts.group = CgroupMemory{600, 250};
  EXPECT_EQ(facts.usable(), 350u);
  EXPECT_EQ(facts.most(), 600u);
  facts.address_space = 300;
  EXPECT_EQ(facts.usable(), 300u);
  EXPECT_EQ(facts.most(), 300u);
}

TEST(Isas, AreThoseOfTheKernels) {
  ASSERT_TRUE(init_kernels());
  const IsaFacts facts = read_isa();
  EXPECT_EQ(facts.used, active_isa());
  EXPECT_EQ(facts.supported, supported_isas());
  EXPECT_EQ(facts.compiled, compiled_isas());
}

}  // namespace
}  // namespace tern
