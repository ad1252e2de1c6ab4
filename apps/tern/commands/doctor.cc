// tern doctor: what this machine is, and what limits a model on it.
#include <algorithm>
#include <memory>
#include <set>
#include <system_error>

#include "apps/tern/command.h"
#include "apps/tern/doctor_report.h"
#include "apps/tern/model_options.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "base/environment.h"
#include "base/progress.h"
#include "convert/hub_store.h"
#include "engine/packing_choice.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern doctor
  tern doctor -m model.gguf
  tern doctor -m model.gguf --context 32768 --kv i8
  tern doctor --no-measure --json

The exit code is 0 unless the model cannot run here.)";

struct DoctorFlags {
  ModelOptions model;
  bool no_measure = false, json = false;
};

std::vector<FolderFacts> look_at_folders() {
  return {look_at_folder("models that tern pull fetches", pull_cache_folder("").value_or("")),
          look_at_folder("measurements", user_folder("XDG_CACHE_HOME", ".cache")),
          look_at_folder("the history of tern chat", user_folder("XDG_STATE_HOME", ".local/state"))};
}

/// 1, 2, 4, .. and all that may be used.
std::set<int> thread_counts(int usable) {
  std::set<int> counts{usable};
  for (int count = 1; count < usable; count *= 2) counts.insert(count);
  return counts;
}

/// Good enough for advice, in a second a number of threads.
ProbeOptions quick_probe(const MachineFacts& machine) {
  constexpr uint64_t kLeast = uint64_t{8} << 20, kMost = uint64_t{1} << 30, kCommon = uint64_t{256} << 20;
  ProbeOptions options{.read_bytes = kCommon, .rounds = 5, .int8_seconds = 0.005, .level = machine.isa.used};
  options.read_bytes = std::clamp(4 * std::min(machine.processor.cache_bytes, kMost), kCommon, kMost);
  if (const auto usable = machine.memory.usable()) {
    options.read_bytes = std::max(std::min(options.read_bytes, *usable / 4), kLeast);
  }
  return options;
}

Result<std::vector<MachineLimits>> measure(const MachineFacts& machine) {
  const std::set<int> counts = thread_counts(machine.processor.usable);
  const ProbeOptions options = quick_probe(machine);
  Progress progress("measuring this machine", counts.size());
  std::vector<MachineLimits> limits;
  for (const int count : counts) {
    progress.update(limits.size());
    TERN_ASSIGN(MachineLimits measured, measure_limits(count, options));
    limits.push_back(std::move(measured));
  }
  return limits;
}

Result<ModelNeeds> look_at_model(const ModelOptions& options) {
  TERN_ASSIGN(const auto file, ModelFile::open(options.path, options.engine.open));
  const int threads = options.engine.threads > 0 ? options.engine.threads : available_threads();
  Packing packing = options.engine.load.packing;
  try {
    ThreadPool pool(threads);
    packing = decide_packing(packing, *file, &pool);
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kOutOfMemory, "cannot start {} threads ({}): give fewer with -t", threads,
                error.what());
  }
  return model_needs(*file, options.engine, packing, SystemFiles());
}

Status doctor(const DoctorFlags& flags) {
  DoctorReport report;
  if (!flags.model.path.empty()) {
    TERN_ASSIGN(report.model, look_at_model(flags.model));
  }
  report.machine = read_machine(SystemFiles());
  report.machine.folders = look_at_folders();
  if (flags.no_measure) {
    report.unmeasured = "--no-measure";
  } else if (Result<std::vector<MachineLimits>> limits = measure(report.machine)) {
    report.limits = std::move(*limits);
  } else if (limits.error().code() == ErrorCode::kInterrupted) {
    return tl::unexpected(limits.error());
  } else {
    report.unmeasured = limits.error().message();
  }
  if (report.model) {
    if (!report.limits.empty()) report.bounds = model_bounds(*report.model, report.limits);
    advise_on_model(report.machine, report.limits, *report.model, report.bounds, &report.diagnosis);
  }
  advise_on_machine(report.machine, report.limits, &report.diagnosis);
  print(flags.json ? dump_json(doctor_json(report), 2) + "\n" : doctor_text(report));
  if (report.diagnosis.impossible.empty()) return {};
  return fail(ErrorCode::kOutOfMemory, "{}", report.diagnosis.impossible);
}

}  // namespace

CommandAction add_doctor(CLI::App& app) {
  const auto flags = std::make_shared<DoctorFlags>();
  CLI::Option* const model =
      app.add_option("-m,--model", flags->model.path, "GGUF file or Hugging Face folder")
          ->check(not_empty())
          ->type_name("MODEL")
          ->group(kModelGroup);
  add_engine_options(app, &flags->model.engine);
  add_threads_option(app, &flags->model.engine);
  add_context_option(app, &flags->model.engine);
  for (CLI::Option* option : app.get_options()) {
    if (option->get_group() == kModelGroup && option != model) option->needs(model);
  }
  app.add_flag("--no-measure", flags->no_measure, "Tell what is known without measuring: at once");
  app.add_flag("--json", flags->json, "Print one JSON object");
  app.footer(kExamples);
  return [flags] { return doctor(*flags); };
}

}  // namespace tern
