#include <algorithm>

#include "machine/advice.h"
#include "machine/words.h"

namespace tern {
namespace {

constexpr uint64_t kMuchSwap = uint64_t{64} << 20;

void advise_on_processors(const ProcessorFacts& processor, Diagnosis* diagnosis) {
  if (processor.allowed > 0 && processor.allowed < processor.online) {
    diagnosis->found(fmt::format("this process may use {} of the machine's {} (affinity)", processor.allowed,
                                 counted(processor.online, "processor")));
  }
  if (processor.quota && *processor.quota < processor.online) {
    diagnosis->found(
        fmt::format("a control group allows {:.3g} processors' worth of time", *processor.quota));
  }
  if (processor.quota && *processor.quota + 0.01 < processor.usable) {
    const int whole = std::max(static_cast<int>(*processor.quota), 1);
    diagnosis->warn(fmt::format("{} share the time of {:.3g} processors and are stopped when it is used up",
                                counted(processor.usable, "thread"), *processor.quota),
                    fmt::format("-t {}, or a quota of whole processors", whole));
  }
  // The "powersave" of these two drivers raises the frequency under load.
  const bool adapts = processor.driver == "intel_pstate" || processor.driver == "amd-pstate-epp";
  if (processor.governor == "powersave" && !adapts) {
    diagnosis->warn("the processors stay at their lowest frequency (governor powersave)",
                    "as root: cpupower frequency-set -g performance");
  }
}

void advise_on_measurement(const std::vector<MachineLimits>& limits, Diagnosis* diagnosis) {
  const auto disturbed = std::find_if(limits.begin(), limits.end(), [](const MachineLimits& each) {
    return each.cpu_share < MachineLimits::kLeastCpuShare;
  });
  if (disturbed == limits.end()) return;
  diagnosis->warn(
      fmt::format("only {:.0f}% of {} was to be had: other work runs here, and what was measured is too low",
                  100 * disturbed->cpu_share, counted(disturbed->threads, "processor")),
      "end the other work, or give fewer threads with -t");
}

void advise_on_instructions(const IsaFacts& isa, Diagnosis* diagnosis) {
  if (isa.forced && isa.used != isa.supported.back()) {
    diagnosis->warn(fmt::format("TERN_ISA={} keeps the kernels from using {}", isa_name(isa.used),
                                isa_name(isa.supported.back())),
                    "unset TERN_ISA");
  }
  if (isa.supported.size() > 1) return;
  const bool x86 = std::find(isa.compiled.begin(), isa.compiled.end(), Isa::kAvx2) != isa.compiled.end();
  diagnosis->warn(
      x86 ? "the processor has no AVX2, FMA and F16C: only the scalar kernels run, which are made for "
            "comparison, not "
            "for speed"
          : "there are only scalar kernels for this processor, which are made for comparison, not for speed",
      x86 ? "another machine; a virtual one may hide what its host has (give it the host's processor model)"
          : "another machine");
}

void advise_on_memory(const MachineFacts& machine, Diagnosis* diagnosis) {
  if (machine.huge_pages == "never") {
    diagnosis->warn("transparent huge pages are off: reading weights waits for address translation",
                    "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
  }
  if (machine.memory.swap_used < kMuchSwap) return;
  diagnosis->warn(fmt::format("{} are swapped out: what is needed of them comes back at the speed of a disk",
                              amount_text(static_cast<double>(machine.memory.swap_used))),
                  "end what else takes memory");
}

void advise_on_folders(const std::vector<FolderFacts>& folders, Diagnosis* diagnosis) {
  for (const FolderFacts& folder : folders) {
    if (folder.state == FolderState::kUnwritable) {
      diagnosis->warn(
          fmt::format("{} cannot be written, so there is no place for {}", folder.path, folder.what),
          "make it writable, or name another by its environment variable");
    } else if (folder.state == FolderState::kNowhere) {
      diagnosis->warn(fmt::format("there is no place for {}", folder.what), "set HOME");
    }
  }
}

}  // namespace

void advise_on_machine(const MachineFacts& machine, const std::vector<MachineLimits>& limits,
                       Diagnosis* diagnosis) {
  advise_on_processors(machine.processor, diagnosis);
  advise_on_measurement(limits, diagnosis);
  advise_on_instructions(machine.isa, diagnosis);
  advise_on_memory(machine, diagnosis);
  advise_on_folders(machine.folders, diagnosis);
}

}  // namespace tern
