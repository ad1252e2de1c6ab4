#include "apps/tern/doctor_report.h"

#include <algorithm>
#include <string_view>

#include "base/log.h"
#include "engine/packing_choice.h"
#include "kernels/dispatch.h"
#include "machine/words.h"

namespace tern {
namespace {

std::string_view state_name(FolderState state) {
  switch (state) {
    case FolderState::kWritable:
      return "writable";
    case FolderState::kMissing:
      return "not there yet";
    case FolderState::kUnwritable:
      return "not writable";
    case FolderState::kNowhere:
      return "nowhere";
  }
  return "";
}

std::string_view disk_name(Disk disk) {
  switch (disk) {
    case Disk::kSolid:
      return "solid";
    case Disk::kRotating:
      return "rotating";
    case Disk::kNetwork:
      return "network";
    case Disk::kUnknown:
      return "unknown";
  }
  return "";
}

std::string_view kv_name(TernKvFormat kv) {
  return kv == TERN_KV_I8 ? "i8" : kv == TERN_KV_F16 ? "f16" : "f32";
}

std::vector<std::string_view> isa_names(const std::vector<Isa>& isas) {
  std::vector<std::string_view> names;
  names.reserve(isas.size());
  for (const Isa isa : isas) names.push_back(isa_name(isa));
  return names;
}

std::string amount(uint64_t bytes) {
  return amount_text(static_cast<double>(bytes));
}

/// A line of the report; what the system says is in it.
std::string line(std::string_view title, std::string_view text) {
  return fmt::format("{:14} {}\n", title, printable(text));
}

std::string processor_text(const ProcessorFacts& processor) {
  std::string text = fmt::format(
      "{}; {} may be used", processor.name,
      processor.online > 0 ? fmt::format("{} of {}", processor.usable, counted(processor.online, "processor"))
                           : counted(processor.usable, "processor"));
  if (processor.cache_bytes > 0) text += fmt::format("; largest cache {}", amount(processor.cache_bytes));
  return text;
}

std::string memory_text(const MemoryFacts& memory) {
  std::string text = memory.total ? fmt::format("{} of {} available", amount(memory.available.value_or(0)),
                                                amount(*memory.total))
                                  : std::string("unknown");
  text += memory.swap_total > 0
              ? fmt::format("; swap {} of {}", amount(memory.swap_used), amount(memory.swap_total))
              : std::string("; no swap");
  if (memory.address_space) text += fmt::format("; {} left by ulimit -v", amount(*memory.address_space));
  if (memory.group)
    text += fmt::format("; {} left of {} in a control group", amount(memory.group->left()),
                        amount(memory.group->limit));
  return text;
}

std::string kernels_text(const IsaFacts& isa) {
  std::string text =
      line("kernels", fmt::format("{}{}; this machine: {}; built: {}", isa_name(isa.used),
                                  isa.forced ? " (TERN_ISA)" : "", fmt::join(isa_names(isa.supported), " "),
                                  fmt::join(isa_names(isa.compiled), " ")));
  for (const KernelName& kernel : kernel_names(isa.used))
    text += fmt::format("  {:19} {}\n", kernel.op, kernel.name);
  return text;
}

std::string limits_text(const DoctorReport& report) {
  if (report.limits.empty()) return line("limits", "not measured: " + report.unmeasured);
  std::string text = fmt::format("\n{:>7}  {:>10}  {:>10}\n", "threads", "read, GB/s", "int8, GOPS");
  for (const MachineLimits& each : report.limits) {
    text += fmt::format("{:7}  {:10.1f}  {:>10}\n", each.threads, each.read_gbps,
                        each.int8.empty() ? std::string("-") : fmt::format("{:.0f}", each.int8_gops()));
  }
  return text;
}

std::string model_text(const ModelNeeds& model) {
  const double bytes = static_cast<double>(model.work.body_bytes + model.work.head_bytes);
  const double macs = static_cast<double>(model.work.body_macs + model.work.head_macs);
  std::string text = fmt::format("\n{}", line("model", model.path));
  text +=
      line("a token",
           fmt::format("reads {} of weights{}, does {:.3g} multiply-adds, adds {} of keys and values ({})",
                       amount_text(bytes),
                       model.ternary ? fmt::format(" ({} bits a trit)", packing_name(model.packing)) : "",
                       macs, amount(model.kv_token), kv_name(model.kv)));
  return text;
}

Json bound_json(const Bound& bound) {
  return Json{{"tok_s", bound.tokens_s},
              {"threads", bound.threads},
              {"by", bound.by_memory ? "memory" : "int8"},
              {"bytes_per_token", bound.work.bytes},
              {"ops_per_token", bound.work.operations}};
}

Json optional_json(const std::optional<Bound>& bound) {
  return bound ? bound_json(*bound) : Json();
}

Json optional_json(const std::optional<uint64_t>& bytes) {
  return bytes ? Json(*bytes) : Json();
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json processor_json(const ProcessorFacts& processor) {
  return Json{{"name", processor.name},
              {"features", processor.features},
              {"online", processor.online},
              {"allowed", processor.allowed},
              {"quota", processor.quota ? Json(*processor.quota) : Json()},
              {"usable", processor.usable},
              {"governor", text_or_null(processor.governor)},
              {"cache_bytes", processor.cache_bytes}};
}

Json memory_json(const MemoryFacts& memory) {
  return Json{{"total", optional_json(memory.total)},
              {"available", optional_json(memory.available)},
              {"swap_total", memory.swap_total},
              {"swap_used", memory.swap_used},
              {"address_space", optional_json(memory.address_space)},
              {"group_limit", memory.group ? Json(memory.group->limit) : Json()},
              {"group_used", memory.group ? Json(memory.group->used) : Json()},
              {"usable", optional_json(memory.usable())}};
}

Json machine_json(const DoctorReport& report) {
  const MachineFacts& machine = report.machine;
  Json kernels = Json::object(), folders = Json::array(), limits = Json::array();
  for (const KernelName& kernel : kernel_names(machine.isa.used))
    kernels[std::string(kernel.op)] = kernel.name;
  for (const FolderFacts& folder : machine.folders) {
    folders.push_back(
        {{"for", folder.what}, {"path", text_or_null(folder.path)}, {"state", state_name(folder.state)}});
  }
  for (const MachineLimits& each : report.limits) limits.push_back(limits_json(each));
  return Json{{"processor", processor_json(machine.processor)},
              {"isa",
               {{"used", isa_name(machine.isa.used)},
                {"forced", machine.isa.forced},
                {"supported", isa_names(machine.isa.supported)},
                {"compiled", isa_names(machine.isa.compiled)}}},
              {"kernels", std::move(kernels)},
              {"memory", memory_json(machine.memory)},
              {"huge_pages", text_or_null(machine.huge_pages)},
              {"folders", std::move(folders)},
              {"limits", std::move(limits)}};
}

Json model_json(const DoctorReport& report) {
  if (!report.model) return nullptr;
  const ModelNeeds& model = *report.model;
  Json json{{"path", model.path},
            {"disk", disk_name(model.disk)},
            {"file_bytes", model.file_bytes},
            {"threads", model.threads},
            {"context", model.context},
            {"kv", kv_name(model.kv)},
            {"packing", model.ternary ? Json(packing_name(model.packing)) : Json()},
            {"bytes_per_token", model.work.body_bytes + model.work.head_bytes},
            {"skippable_bytes_per_token", model.skippable_bytes()},
            {"multiply_adds_per_token", model.work.body_macs + model.work.head_macs},
            {"kv_bytes_per_token", model.kv_token},
            {"memory", {{"loaded", model.loaded()}, {"whole", model.whole()}}},
            {"bounds", nullptr}};
  if (report.bounds) {
    json["bounds"] = {{"prompt", optional_json(report.bounds->prompt)},
                      {"decode", bound_json(report.bounds->decode)},
                      {"decode_skipping", optional_json(report.bounds->skipping)},
                      {"decode_full", bound_json(report.bounds->decode_full)},
                      {"enough_threads", report.bounds->enough_threads}};
  }
  return json;
}

}  // namespace

std::string doctor_text(const DoctorReport& report) {
  const MachineFacts& machine = report.machine;
  std::string text = line("processor", processor_text(machine.processor));
  if (!machine.processor.features.empty())
    text += line("features", fmt::format("{}", fmt::join(machine.processor.features, " ")));
  text += kernels_text(machine.isa) + line("memory", memory_text(machine.memory));
  text += line("huge pages", machine.huge_pages.empty() ? "unknown" : machine.huge_pages);
  for (const FolderFacts& folder : machine.folders) {
    text += line(&folder == machine.folders.data() ? "folders" : "",
                 fmt::format("{} ({}): {}", folder.path, state_name(folder.state), folder.what));
  }
  text += limits_text(report);
  if (report.model) text += model_text(*report.model);
  if (!report.diagnosis.findings.empty()) text += "\n";
  for (const std::string& finding : report.diagnosis.findings) text += printable(finding) + "\n";
  if (!report.diagnosis.warnings.empty()) text += "\n";
  for (const Warning& warning : report.diagnosis.warnings) {
    text += fmt::format("warning: {}\n  remedy: {}\n", printable(warning.what), printable(warning.remedy));
  }
  return text;
}

Json doctor_json(const DoctorReport& report) {
  Json warnings = Json::array();
  for (const Warning& warning : report.diagnosis.warnings) {
    warnings.push_back({{"what", warning.what}, {"remedy", warning.remedy}});
  }
  return Json{{"machine", machine_json(report)},
              {"model", model_json(report)},
              {"findings", report.diagnosis.findings},
              {"warnings", std::move(warnings)},
              {"runs_here", report.diagnosis.impossible.empty()}};
}

}  // namespace tern
