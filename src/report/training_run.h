#pragma once
// A training run as files: a folder with one folder a stage, each with its metrics.
#include <string>
#include <vector>

#include "report/metrics_log.h"

namespace tern {

struct TrainingRun {
  std::string name;                ///< as it was asked for
  std::vector<MetricsLog> stages;  ///< in the recipe's order
};

/// A run's folder, a stage's, or a file of metrics. Errors: kNotFound when there are no metrics; those of
/// read_metrics(), kIo.
Result<TrainingRun> read_training_run(const std::string& path);

}  // namespace tern
