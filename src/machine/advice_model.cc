#include "machine/advice.h"
#include "machine/words.h"

namespace tern {
namespace {

std::string rate_text(double tokens_s) {
  return tokens_s < 10 ? fmt::format("{:.2g} tok/s", tokens_s) : fmt::format("{:.0f} tok/s", tokens_s);
}

std::string amount_text(uint64_t bytes) {
  return tern::amount_text(static_cast<double>(bytes));
}

/// "memory bandwidth: 19.0 GB/s read by 2 threads / 760 MB a token = at most 25 tok/s"
std::string equation(const Bound& bound, const std::vector<MachineLimits>& limits) {
  const MachineLimits& limit = limits_of(limits, bound.threads);
  const std::string by = counted(bound.threads, "thread"), most = rate_text(bound.tokens_s);
  if (bound.by_memory) {
    return fmt::format("memory bandwidth: {:.1f} GB/s read by {} / {} a token = at most {}", limit.read_gbps,
                       by, tern::amount_text(bound.work.bytes), most);
  }
  return fmt::format("int8 arithmetic: {:.0f} GOPS by {} / {:.3g} GOP a token = at most {}",
                     limit.int8_gops(), by, bound.work.operations / 1e9, most);
}

void advise_on_decoding(const MachineFacts& machine, const std::vector<MachineLimits>& limits,
                        const ModelNeeds& model, const ModelBounds& bounds, Diagnosis* diagnosis) {
  std::string sentence = "decoding is limited by " + equation(bounds.decode, limits);
  if (bounds.enough_threads < limits.back().threads) {
    sentence += fmt::format("; more than {} will hardly help", counted(bounds.enough_threads, "thread"));
  }
  diagnosis->found(std::move(sentence));
  if (bounds.skipping) {
    const bool gates = model.closed_gates.bytes > 0, screen = model.screened_head > 0;
    diagnosis->found(fmt::format(
        "{}{}{} can save up to {:.0f}% of these bytes: at most {} where all of it is saved",
        gates ? "closed gates" : "", gates && screen ? " and " : "", screen ? "the head's screen" : "",
        100 * model.skippable_bytes() / bounds.decode.work.bytes, rate_text(bounds.skipping->tokens_s)));
  }
  if (bounds.decode_full.tokens_s * kHardlyMore < bounds.decode.tokens_s) {
    diagnosis->found(
        fmt::format("at the end of a context of {}, {} of keys and values come on top: at most {}",
                    counted(model.context, "token"),
                    tern::amount_text(bounds.decode_full.work.bytes - bounds.decode.work.bytes),
                    rate_text(bounds.decode_full.tokens_s)));
  }
  const uint64_t cache = machine.processor.cache_bytes;
  if (bounds.decode.by_memory && bounds.decode.work.bytes < static_cast<double>(cache)) {
    diagnosis->found(fmt::format(
        "the weights fit into the processor's cache of {}, from where they may come faster than from memory",
        amount_text(cache)));
  }
}

void advise_on_prompts(const std::vector<MachineLimits>& limits, const ModelBounds& bounds,
                       Diagnosis* diagnosis) {
  diagnosis->found(bounds.prompt ? "prompts are limited by " + equation(*bounds.prompt, limits)
                                 : "prompts: nothing is known, since no vector instructions are used");
}

/// " (ulimit -v)": what sets the limit, if it is not the machine.
std::string_view limited_by(const MemoryFacts& memory, uint64_t most) {
  if (memory.address_space == most) return " (ulimit -v)";
  return memory.group && memory.group->limit == most ? " (control group)" : "";
}

void advise_on_room(const MemoryFacts& memory, const ModelNeeds& model, Diagnosis* diagnosis) {
  const auto usable = memory.usable(), most = memory.most();
  const std::string context = counted(model.context, "token");
  diagnosis->found(fmt::format(
      "memory: about {} when loaded and {} for a context of {} ({} each){}", amount_text(model.loaded()),
      amount_text(model.whole() - model.loaded()), context, amount_text(model.kv_token),
      usable ? fmt::format(", of {} available", amount_text(*usable)) : std::string()));
  if (most && model.loaded() > *most) {
    diagnosis->impossible =
        fmt::format("{}: to be loaded it needs {} of memory, and this process can have {} at most{}",
                    model.path, amount_text(model.loaded()), amount_text(*most), limited_by(memory, *most));
    return;
  }
  if (!usable || model.whole() <= *usable) return;
  if (model.loaded() > *usable) {
    diagnosis->warn(fmt::format("the model needs {} when loaded, and {} are available now",
                                amount_text(model.loaded()), amount_text(*usable)),
                    "end what else takes memory, or take a smaller model");
    return;
  }
  constexpr uint64_t kPage = TERN_KV_PAGE;  // positions are taken by pages
  const uint64_t room = *usable - model.loaded(), fitting = room / model.kv_token / kPage * kPage;
  std::string remedy = fitting > 0 ? fmt::format("--context {}", fitting) : "a smaller model";
  if (model.kv != TERN_KV_I8) {
    const bool fits = model.smallest_kv_token * static_cast<uint64_t>(model.context) <= room;
    remedy += fits ? ", or --kv i8" : ", or more of it with --kv i8";
  }
  diagnosis->warn(fmt::format("a full context of {} needs {} with the model, and {} are available now",
                              context, amount_text(model.whole()), amount_text(*usable)),
                  std::move(remedy));
}

void advise_on_options(const MachineFacts& machine, const ModelNeeds& model, Diagnosis* diagnosis) {
  const int usable = machine.processor.usable;
  if (model.threads > usable) {
    diagnosis->warn(fmt::format("{} take turns on the {} that this process may use",
                                counted(model.threads, "thread"), counted(usable, "processor")),
                    fmt::format("-t {}", usable));
  }
  if (model.context > model.trained_positions) {
    diagnosis->warn(fmt::format("a context of {} is beyond the {} positions that the model was trained for",
                                model.context, model.trained_positions),
                    fmt::format("--context {}", model.trained_positions));
  }
}

void advise_on_disk(const ModelNeeds& model, Diagnosis* diagnosis) {
  if (model.disk != Disk::kRotating && model.disk != Disk::kNetwork) return;
  const bool rotating = model.disk == Disk::kRotating;
  diagnosis->warn(fmt::format("{} lies on a {}, from which a first start reads {}", model.path,
                              rotating ? "rotating disk" : "file system of the network or of a program",
                              amount_text(model.file_bytes)),
                  rotating ? "copy it to a solid-state disk" : "copy it to a disk of this machine");
}

}  // namespace

void advise_on_model(const MachineFacts& machine, const std::vector<MachineLimits>& limits,
                     const ModelNeeds& model, const std::optional<ModelBounds>& bounds,
                     Diagnosis* diagnosis) {
  if (bounds) {
    advise_on_decoding(machine, limits, model, *bounds, diagnosis);
    advise_on_prompts(limits, *bounds, diagnosis);
  }
  advise_on_room(machine.memory, model, diagnosis);
  advise_on_options(machine, model, diagnosis);
  advise_on_disk(model, diagnosis);
}

}  // namespace tern
