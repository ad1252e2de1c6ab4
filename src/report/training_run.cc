#include "report/training_run.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/mmap.h"

namespace tern {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetrics = "metrics.jsonl";
constexpr size_t kMaxStages = 256;

/// The files of metrics of a run, by name.
Result<std::vector<std::string>> metrics_of(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    return fail(ErrorCode::kNotFound, "{}: there is no such run", path);
  if (error) return fail(ErrorCode::kIo, "{}: {}", path, error.message());
  if (!fs::is_directory(status)) return std::vector<std::string>{path};
  if (path_exists(path + "/" + kMetrics)) return std::vector<std::string>{path + "/" + kMetrics};
  std::vector<std::string> files;
  auto entry = fs::directory_iterator(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string file = path + "/" + entry->path().filename().string() + "/" + kMetrics;
    if (!path_exists(file)) continue;
    files.push_back(file);
    if (files.size() > kMaxStages)
      return fail(ErrorCode::kBadFile, "{}: more than {} stages: give those to plot one by one", path,
                  kMaxStages);
  }
  if (error) return fail(ErrorCode::kIo, "{}: {}", path, error.message());
  if (files.empty()) {
    return fail(
        ErrorCode::kNotFound,
        "{}: no {} in it or in a folder of it: give the folder that a recipe names as out, or a stage's",
        path, kMetrics);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<TrainingRun> read_training_run(const std::string& path) {
  std::string folder = path;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  TERN_ASSIGN(const std::vector<std::string> files, metrics_of(folder));
  std::vector<uint64_t> sizes;
  uint64_t bytes = 0, done = 0;
  for (const std::string& file : files) {
    std::error_code unknown;
    const uint64_t size = fs::file_size(file, unknown);
    sizes.push_back(unknown ? 0 : size);
    bytes += sizes.back();
  }
  Progress progress("reading metrics", bytes);
  TrainingRun run{folder, {}};
  for (size_t i = 0; i < files.size(); ++i) {
    TERN_ASSIGN(MetricsLog log, read_metrics(files[i], progress, done));
    done += sizes[i];
    std::error_code unknown;
    if (log.stage.empty()) log.stage = fs::absolute(files[i], unknown).parent_path().filename().string();
    run.stages.push_back(std::move(log));
  }
  std::stable_sort(run.stages.begin(), run.stages.end(), [](const MetricsLog& a, const MetricsLog& b) {
    return a.stage_number < b.stage_number;  // those without one by name, behind the others
  });
  return run;
}

}  // namespace tern
