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

/// The line of a step for people: "step 120 of 1000  loss 3.214  2,310 tok/s  lr 1.2e-03  eta 4 min".
std::string progress_line(const Json& metrics, int64_t steps, double seconds_left);

}  // namespace tern::train
