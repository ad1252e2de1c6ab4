#pragma once
// What `tern plot` gives: training runs as a page, as files of charts, as numbers.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "report/training_run.h"

namespace tern {

/// What of the runs' files could not be read: a remark a file, which names the first lines.
std::vector<std::string> remarks_on(std::span<const TrainingRun> runs);

std::string training_page(std::span<const TrainingRun> runs);

/// Charts as files: name ("pretrain-loss.svg") and content.
std::vector<std::pair<std::string, std::string>> training_files(std::span<const TrainingRun> runs);

/// {"runs": [{"run", "stages": [{"stage", "file", "lines", "broken", "broken_lines": [{"line", "why"}],
/// "fields": {"loss": {"count", "last": [x, y], "points": [[x, y], ..]}}, "by_layer": {"gate_zeros":
/// [..]}}]}]}
Json training_json(std::span<const TrainingRun> runs);

}  // namespace tern
