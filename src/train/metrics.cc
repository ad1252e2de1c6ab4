#include "train/metrics.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/atomic_file.h"
#include "base/mmap.h"

namespace tern::train {
namespace {

std::string duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

Result<MetricsFile> MetricsFile::open(const std::string& path, int64_t last) {
  std::string kept;
  if (last > 0) {
    std::ifstream before(path);
    for (std::string line; std::getline(before, line);) {
      const auto json = parse_json(line, path);  // the last line of a killed run may be half of one
      if (!json) break;
      const auto step = json_int(*json, "step", path);
      if (!step || !*step || **step > last) break;
      kept += line + "\n";
    }
  }
  TERN_TRY(write_whole_file(path, kept));
  return MetricsFile(path);
}

Status MetricsFile::add(const Json& line) {
  std::FILE* file = std::fopen(path_.c_str(), "a");
  const std::string text = dump_json(line) + "\n";
  const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int error = errno;
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (written && closed) return {};
  return fail(ErrorCode::kIo, "{}: {}", path_, std::strerror(written ? errno : error));
}

std::string progress_line(const Json& metrics, int64_t steps, double seconds_left) {
  std::string line = fmt::format("step {} of {}  loss {:.4f}", metrics["step"].get<int64_t>(), steps,
                                 metrics["loss"].get<double>());
  if (metrics.contains("accuracy")) {
    line += fmt::format("  margin {:.3f}  accuracy {:.2f}", metrics["margin"].get<double>(),
                        metrics["accuracy"].get<double>());
  }
  return line + fmt::format("  {:.0f} tok/s  {:.1f} GFLOP/s  lr {:.2e}  eta {}",
                            metrics["tokens_per_s"].get<double>(), metrics["gflops"].get<double>(),
                            metrics["learning_rate"].get<double>(), duration(seconds_left));
}

}  // namespace tern::train
