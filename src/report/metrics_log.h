#pragma once
// metrics.jsonl of a training run (docs/training.md): one JSON object a line, each with its "step".
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "report/curve.h"

namespace tern {

/// A line that says nothing, and why.
struct BrokenLine {
  int64_t number = 0;  ///< from 1
  std::string why;
};

/// What a file of metrics says, by field: "loss"; "trits.zero" of an object in a line; of an array of numbers
/// their mean.
struct MetricsLog {
  static constexpr size_t kMaxLine = size_t{1} << 20;
  static constexpr size_t kMaxFields = 256, kMaxName = 128, kMaxArray = 4096;  ///< others are left out
  static constexpr size_t kMaxNamed = 5;                                       ///< of the broken lines

  std::string file;
  std::string stage;                                           ///< as its lines say; empty: they do not
  int64_t stage_number = std::numeric_limits<int64_t>::max();  ///< from 0, of the recipe's stages
  int64_t lines = 0, broken = 0;
  std::vector<BrokenLine> named;                      ///< the first broken ones
  std::map<std::string, Curve> curves;                ///< over steps
  std::map<std::string, std::vector<double>> arrays;  ///< the last of each field; what is no number is NaN

  /// The curve, or nullptr when no line has the field.
  const Curve* find(const std::string& field) const;
};

/// Reads a file of any size, in memory that its size does not change. Lines that are no metrics are counted;
/// a last one without an end is still being written, and no mistake. `progress` goes on by the file's bytes
/// from `done` on. Errors: those of MappedFile, kInterrupted.
Result<MetricsLog> read_metrics(const std::string& file, Progress& progress, uint64_t done);

}  // namespace tern
