// tern plot: what people watch of training runs, as charts.
#include <filesystem>
#include <memory>
#include <system_error>

#include "apps/tern/command.h"
#include "apps/tern/output.h"
#include "apps/tern/ranges.h"
#include "base/atomic_file.h"
#include "base/log.h"
#include "base/mmap.h"
#include "report/training_report.h"

namespace tern {
namespace {

constexpr const char* kExamples = R"(Examples:
  tern plot runs/small
  tern plot runs/small runs/other -o both.html --svg charts
  tern plot runs/small/pretrain --json | jq '.runs[0].stages[0].fields.loss.last')";

struct PlotFlags {
  std::vector<std::string> runs;
  std::optional<std::string> output, svg;
  bool json = false;
};

/// A line of its own in every file that is written, by which it may be replaced when the run has gone on.
constexpr std::string_view kMark = "<!-- made by tern plot -->\n";

/// Writes a file, over an older one of `tern plot` and no other.
Status write_own(const std::string& path, const std::string& content) {
  if (path_exists(path)) {
    TERN_ASSIGN(const MappedFile before, MappedFile::open(path));
    const std::string_view text(reinterpret_cast<const char*>(before.bytes().data()), before.bytes().size());
    if (!text.ends_with(kMark)) {
      return fail(ErrorCode::kInvalidArgument,
                  "{}: exists and was not made by tern plot: remove it, or give another name", path);
    }
  }
  return write_whole_file(path, content + std::string(kMark));
}

Status write_charts(const std::string& folder, std::span<const TrainingRun> runs) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, "{}: {}", folder, error.message());
  const auto files = training_files(runs);
  for (const auto& [name, content] : files) TERN_TRY(write_own(folder + "/" + name, content));
  log_info(fmt::format("{}: {} charts", folder, files.size()));
  return {};
}

Status plot(const PlotFlags& flags) {
  std::vector<TrainingRun> runs;
  for (const std::string& path : flags.runs) {
    TERN_ASSIGN(TrainingRun run, read_training_run(path));
    runs.push_back(std::move(run));
  }
  for (const std::string& remark : remarks_on(runs)) log_warning(remark);
  if (flags.svg) TERN_TRY(write_charts(*flags.svg, runs));
  if (flags.output || (!flags.svg && !flags.json)) {
    const std::string path = flags.output.value_or("plot.html");
    TERN_TRY(write_own(path, training_page(runs)));
    if (!flags.json) print(path + "\n");
  }
  if (flags.json) print(dump_json(training_json(runs)) + "\n");
  return {};
}

}  // namespace

CommandAction add_plot(CLI::App& app) {
  constexpr int kMostRuns = 64;
  const auto flags = std::make_shared<PlotFlags>();
  app.add_option("runs", flags->runs, "Folders of runs or of single stages, or files metrics.jsonl")
      ->required()
      ->expected(1, kMostRuns)
      ->check(not_empty())
      ->type_name("PATH");
  app.add_option("-o,--output", flags->output,
                 "Page to write; plot.html when neither this nor --svg nor --json is given")
      ->check(not_empty())
      ->type_name("FILE");
  app.add_option("--svg", flags->svg, "Folder to write each chart into as an SVG file")
      ->check(not_empty())
      ->type_name("DIR");
  app.add_flag("--json", flags->json, "Print the numbers that would be drawn as one JSON object");
  app.footer(kExamples);
  return [flags] { return plot(*flags); };
}

}  // namespace tern
