#pragma once
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace tern::train {

/// metrics.jsonl: one object a line, each with its "step".
class MetricsFile {
 public:
  /// Goes on behind step `last`: what a run that was broken off wrote of later steps is dropped. 0: a new
  /// file. kIo.
  static Result<MetricsFile> open(const std::string& path, int64_t last);
  /// Appends a line, at once. kIo.
  Status add(const Json& line);

 private:
  explicit MetricsFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// A step's line of metrics for people: "step 120 of 1000  loss 3.2141  2310 tok/s  MFU 21.3%  lr 1.20e-03
/// eta 4 min".
std::string progress_line(const Json& metrics, int64_t steps);

/// Where such lines go: on a terminal each takes the place of the one before, elsewhere they follow each
/// other.
class ProgressLine {
 public:
  ProgressLine() = default;
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { keep(); }
  void show(const std::string& line);
  /// What was shown last stays, and what is written next stands below it.
  void keep();

 private:
  bool open_ = false;  ///< the terminal's line has no end yet
};

}  // namespace tern::train
