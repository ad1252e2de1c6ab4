#include "train/metrics.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/atomic_file.h"
#include "base/log.h"
#include "base/mmap.h"
#include "base/terminal.h"

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

std::string progress_line(const Json& metrics, int64_t steps) {
  std::string line = fmt::format("step {} of {}  loss {:.4f}", metrics["step"].get<int64_t>(), steps,
                                 metrics["loss"].get<double>());
  if (metrics.contains("accuracy")) {
    line += fmt::format("  margin {:.3f}  accuracy {:.2f}", metrics["margin"].get<double>(),
                        metrics["accuracy"].get<double>());
  }
  line += fmt::format("  {:.0f} tok/s", metrics["tokens_per_second"].get<double>());
  if (metrics.contains("mfu")) line += fmt::format("  MFU {:.1f}%", 100 * metrics["mfu"].get<double>());
  return line + fmt::format("  lr {:.2e}  eta {}", metrics["learning_rate"].get<double>(),
                            duration(metrics["eta"].get<double>()));
}

void ProgressLine::show(const std::string& line) {
  if (log_is_redirected() || !is_terminal(STDERR_FILENO)) return log_info(line);
  // A line that the terminal breaks could not be taken back.
  const auto columns = static_cast<size_t>(std::max(2, terminal_columns(STDERR_FILENO)));
  write_stderr("\r\x1b[K" + line.substr(0, columns - 1));
  open_ = true;
}

void ProgressLine::keep() {
  if (open_) write_stderr("\n");
  open_ = false;
}

}  // namespace tern::train
