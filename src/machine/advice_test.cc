// From given facts to sentences.
#include "machine/advice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace tern {
namespace {

constexpr uint64_t kGB = 1'000'000'000;

MachineLimits limits(int threads, double gbps, double gops) {
  MachineLimits result;
  result.threads = threads;
  result.read_gbps = gbps;
  result.cpu_share = 1;
  if (gops > 0) result.int8 = {{"some instruction", gops}};
  return result;
}

/// A machine with nothing to complain of.
struct Machine {
  MachineFacts facts;
  std::vector<MachineLimits> limits;
};
Machine good_machine() {
  Machine machine;
  ProcessorFacts& processor = machine.facts.processor;
  processor.online = processor.allowed = processor.usable = 4;
  machine.facts.isa = {{Isa::kScalar, Isa::kAvx2}, {Isa::kScalar, Isa::kAvx2}, Isa::kAvx2, false};
  machine.facts.memory.total = 16 * kGB;
  machine.facts.memory.available = 12 * kGB;
  machine.facts.huge_pages = "madvise";
  machine.facts.folders = {{"models", "/home/me/.cache/tern", FolderState::kWritable},
                           {"the history", "/home/me/.local/state/tern", FolderState::kMissing}};
  machine.limits = {tern::limits(1, 10, 250), tern::limits(2, 19, 500), tern::limits(4, 19.2, 1000)};
  return machine;
}

ModelNeeds good_model() {
  ModelNeeds model;
  model.path = "m.gguf";
  model.disk = Disk::kSolid;
  model.file_bytes = 760'000'000;
  model.work.body_bytes = 560'000'000;
  model.work.head_bytes = 200'000'000;
  model.work.body_macs = 2'000'000'000;
  model.work.head_macs = 300'000'000;
  model.work.kv_bytes = 9'000;
  model.threads = 4;
  model.context = 4096;
  model.trained_positions = 4096;
  model.weights = 760'000'000;
  model.pass = 40'000'000;
  model.kv_token = 9'000;
  model.smallest_kv_token = 6'000;
  return model;
}

Diagnosis of(const Machine& machine) {
  Diagnosis diagnosis;
  advise_on_machine(machine.facts, machine.limits, &diagnosis);
  return diagnosis;
}
Diagnosis of(const Machine& machine, const ModelNeeds& model) {
  Diagnosis diagnosis;
  std::optional<ModelBounds> bounds;
  if (!machine.limits.empty()) bounds = model_bounds(model, machine.limits);
  advise_on_model(machine.facts, machine.limits, model, bounds, &diagnosis);
  return diagnosis;
}

bool has_finding(const Diagnosis& diagnosis, const std::string& pattern) {
  return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [&](const std::string& sentence) {
    return std::regex_search(sentence, std::regex(pattern));
  });
}

/// That the one warning is about `what`, and names `remedy`.
void expect_warning(const Diagnosis& diagnosis, const std::string& what, const std::string& remedy) {
  ASSERT_EQ(diagnosis.warnings.size(), 1u) << what;
  EXPECT_TRUE(std::regex_search(diagnosis.warnings[0].what, std::regex(what))) << diagnosis.warnings[0].what;
  EXPECT_TRUE(std::regex_search(diagnosis.warnings[0].remedy, std::regex(remedy)))
      << diagnosis.warnings[0].remedy;
}

TEST(Advice, AGoodMachineHasNothingToComplainOf) {
  EXPECT_TRUE(of(good_machine()).warnings.empty());
  EXPECT_TRUE(of(good_machine()).findings.empty());
  const Diagnosis diagnosis = of(good_machine(), good_model());
  EXPECT_TRUE(diagnosis.warnings.empty());
  EXPECT_EQ(diagnosis.impossible, "");
}

TEST(Advice, SaysWhatLimitsDecoding) {
  const Diagnosis diagnosis = of(good_machine(), good_model());
  EXPECT_EQ(diagnosis.findings.at(0),
            "decoding is limited by memory bandwidth: 19.2 GB/s read by 4 threads / 760 MB a token = at most "
            "25 tok/s; more "
            "than 2 threads will hardly help");
  EXPECT_EQ(
      diagnosis.findings.at(1),
      "prompts are limited by int8 arithmetic: 1000 GOPS by 4 threads / 4 GOP a token = at most 250 tok/s");
}

TEST(Advice, EveryThreadMayHelp) {
  Machine machine = good_machine();
  machine.limits.back().read_gbps = 38;
  EXPECT_TRUE(has_finding(of(machine, good_model()), "at most 50 tok/s$"));
}

TEST(Advice, DecodingMayBeLimitedByArithmetic) {
  Machine machine = good_machine();
  for (MachineLimits& each : machine.limits) each.int8 = {{"slow", 10.0 * each.threads}};
  EXPECT_TRUE(has_finding(
      of(machine, good_model()),
      "^decoding is limited by int8 arithmetic: 40 GOPS by 4 threads / 4\\.6 GOP a token = at most 8\\.7 "
      "tok/s$"));
}

TEST(Advice, WithoutVectorInstructionsPromptsAreUnknown) {
  Machine machine = good_machine();
  for (MachineLimits& each : machine.limits) each.int8.clear();
  EXPECT_TRUE(has_finding(of(machine, good_model()), "^prompts: nothing is known"));
}

TEST(Advice, WithoutMeasurementsThereAreNoBounds) {
  Machine machine = good_machine();
  machine.limits.clear();
  const Diagnosis diagnosis = of(machine, good_model());
  EXPECT_FALSE(has_finding(diagnosis, "tok/s"));
  EXPECT_TRUE(has_finding(diagnosis, "^memory: about 800 MB when loaded"));
}

TEST(Advice, SaysWhatSkippingSaves) {
  ModelNeeds model = good_model();
  model.closed_gates = {280'000'000, 1e9};
  model.screened_head = 100'000'000;
  EXPECT_TRUE(
      has_finding(of(good_machine(), model),
                  "^closed gates and the head's screen can save up to 50% of these bytes: at most 51 tok/s"));
  model.closed_gates = {};
  EXPECT_TRUE(has_finding(of(good_machine(), model), "^the head's screen can save up to 13%"));
}

TEST(Advice, SaysWhatAFullContextCosts) {
  ModelNeeds model = good_model();
  EXPECT_FALSE(has_finding(of(good_machine(), model), "at the end of a context"))
      << "5% are not worth a word";
  model.work.kv_bytes = 100'000;
  EXPECT_TRUE(has_finding(
      of(good_machine(), model),
      "at the end of a context of 4096 tokens, 410 MB of keys and values come on top: at most 16 tok/s"));
}

TEST(Advice, ACacheMayHoldTheModel) {
  Machine machine = good_machine();
  machine.facts.processor.cache_bytes = 700'000'000;
  EXPECT_FALSE(has_finding(of(machine, good_model()), "cache"));
  machine.facts.processor.cache_bytes = 800'000'000;
  EXPECT_TRUE(has_finding(of(machine, good_model()), "fit into the processor's cache of 800 MB"));
}

TEST(Advice, AContextThatDoesNotFitGetsASmallerOne) {
  Machine machine = good_machine();
  ModelNeeds model = good_model();
  machine.facts.memory.available = 830'000'000;  // 30 MB beside the model: 3333 tokens, or 5000 as i8
  expect_warning(of(machine, model),
                 "context of 4096 tokens needs 837 MB with the model, and 830 MB are available",
                 "^--context 3328, or --kv i8$");
  model.kv = TERN_KV_I8;
  expect_warning(of(machine, model), "context", "^--context 3328$");
  model.kv = TERN_KV_F32;
  model.smallest_kv_token = 8'000;
  expect_warning(of(machine, model), "context", "^--context 3328, or more of it with --kv i8$");
  machine.facts.memory.available = 800'100'000;
  expect_warning(of(machine, model), "context", "^a smaller model, or");
}

TEST(Advice, AModelThatDoesNotFitNow) {
  Machine machine = good_machine();
  machine.facts.memory.available = 700'000'000;
  const Diagnosis diagnosis = of(machine, good_model());
  expect_warning(diagnosis, "needs 800 MB when loaded, and 700 MB are available now", "end what else");
  EXPECT_EQ(diagnosis.impossible, "") << "the machine has 16 GB";
}

TEST(Advice, AModelThatNeverFits) {
  Machine machine = good_machine();
  machine.facts.memory.total = 500'000'000;
  machine.facts.memory.available = 400'000'000;
  EXPECT_EQ(of(machine, good_model()).impossible,
            "m.gguf: to be loaded it needs 800 MB of memory, and this process can have 500 MB at most");
  machine = good_machine();
  machine.facts.memory.group = CgroupMemory{600'000'000, 0};
  EXPECT_TRUE(std::regex_search(of(machine, good_model()).impossible,
                                std::regex("600 MB at most \\(control group\\)$")));
  machine.facts.memory.address_space = 100'000'000;
  EXPECT_TRUE(
      std::regex_search(of(machine, good_model()).impossible, std::regex("100 MB at most \\(ulimit -v\\)$")));
  // A context is another matter: it grows as the text does.
  machine = good_machine();
  machine.facts.memory.total = 830'000'000;
  EXPECT_EQ(of(machine, good_model()).impossible, "");
  // What nothing says forbids nothing.
  machine.facts.memory = {};
  EXPECT_EQ(of(machine, good_model()).impossible, "");
}

TEST(Advice, MoreThreadsThanProcessors) {
  ModelNeeds model = good_model();
  model.threads = 16;
  expect_warning(of(good_machine(), model), "16 threads take turns on the 4 processors", "^-t 4$");
}

TEST(Advice, AContextBeyondTraining) {
  ModelNeeds model = good_model();
  model.context = 8192;
  expect_warning(of(good_machine(), model), "8192 is beyond the 4096 positions", "^--context 4096$");
}

TEST(Advice, SlowDisks) {
  ModelNeeds model = good_model();
  model.disk = Disk::kRotating;
  expect_warning(of(good_machine(), model), "m.gguf lies on a rotating disk, .* reads 760 MB", "solid-state");
  model.disk = Disk::kNetwork;
  expect_warning(of(good_machine(), model), "network", "disk of this machine");
  model.disk = Disk::kUnknown;
  EXPECT_TRUE(of(good_machine(), model).warnings.empty());
}

TEST(Advice, FewerProcessorsThanTheMachineHas) {
  Machine machine = good_machine();
  machine.facts.processor.allowed = machine.facts.processor.usable = 1;
  EXPECT_TRUE(has_finding(of(machine), "may use 1 of the machine's 4 processors \\(affinity\\)"));
  machine = good_machine();
  machine.facts.processor.quota = 2;
  machine.facts.processor.usable = 2;
  EXPECT_TRUE(has_finding(of(machine), "control group allows 2 processors' worth"));
  EXPECT_TRUE(of(machine).warnings.empty());
  machine.facts.processor.quota = 1.5;
  expect_warning(of(machine), "2 threads share the time of 1.5 processors", "^-t 1,");
  machine.facts.processor.quota = 0.25;
  machine.facts.processor.usable = 1;
  expect_warning(of(machine), "1 thread share", "^-t 1,");
}

TEST(Advice, LowFrequencies) {
  Machine machine = good_machine();
  machine.facts.processor.governor = "powersave";
  machine.facts.processor.driver = "acpi-cpufreq";
  expect_warning(of(machine), "governor powersave", "cpupower");
  machine.facts.processor.driver = "intel_pstate";
  EXPECT_TRUE(of(machine).warnings.empty()) << "that driver's powersave adapts";
  machine.facts.processor.governor = "schedutil";
  machine.facts.processor.driver = "acpi-cpufreq";
  EXPECT_TRUE(of(machine).warnings.empty());
}

TEST(Advice, OtherWorkWhileMeasuring) {
  Machine machine = good_machine();
  machine.limits.back().cpu_share = 0.5;
  expect_warning(of(machine), "only 50% of 4 processors was to be had", "other work");
}

TEST(Advice, Instructions) {
  Machine machine = good_machine();
  machine.facts.isa.used = Isa::kScalar;
  machine.facts.isa.forced = true;
  expect_warning(of(machine), "TERN_ISA=scalar keeps the kernels from using avx2", "unset TERN_ISA");
  machine.facts.isa.used = Isa::kAvx2;
  EXPECT_TRUE(of(machine).warnings.empty()) << "what is forced is what would be taken";
  machine.facts.isa = {{Isa::kScalar, Isa::kAvx2}, {Isa::kScalar}, Isa::kScalar, false};
  expect_warning(of(machine), "no AVX2", "another machine");
  machine.facts.isa = {{Isa::kScalar}, {Isa::kScalar}, Isa::kScalar, false};
  expect_warning(of(machine), "only scalar kernels for this processor", "another machine");
}

TEST(Advice, HugePagesAndSwap) {
  Machine machine = good_machine();
  machine.facts.huge_pages = "never";
  expect_warning(of(machine), "huge pages are off", "echo madvise");
  machine = good_machine();
  machine.facts.memory.swap_total = 4 * kGB;
  machine.facts.memory.swap_used = 10'000'000;
  EXPECT_TRUE(of(machine).warnings.empty()) << "a little swap is usual";
  machine.facts.memory.swap_used = 2 * kGB;
  expect_warning(of(machine), "2\\.00 GB are swapped out", "end what else");
}

TEST(Advice, Folders) {
  Machine machine = good_machine();
  machine.facts.folders[0].state = FolderState::kUnwritable;
  expect_warning(of(machine), "/home/me/.cache/tern cannot be written, so there is no place for models",
                 "environment");
  machine.facts.folders = {{"models", "", FolderState::kNowhere}};
  expect_warning(of(machine), "no place for models", "HOME");
}

}  // namespace
}  // namespace tern
