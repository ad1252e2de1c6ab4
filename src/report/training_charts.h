#pragma once
// What of a training run people look at, as charts.
#include <span>
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/training_run.h"

namespace tern {

/// One stage of all runs that have it.
struct StageCharts {
  std::string stage;
  std::vector<Chart> charts;  ///< those that have lines
};

/// Stages of the same name come together, in the order of the recipe that has them earliest. Lines of several
/// runs differ in colour, those of one run in dashes; a run alone has a colour a line.
std::vector<StageCharts> training_charts(std::span<const TrainingRun> runs);

/// A curve of training loss as it is drawn: a moving average.
std::vector<Point> smoothed_loss(const Curve& loss);

}  // namespace tern
