#include "report/training_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "report/axis.h"
#include "report/escape.h"
#include "report/page.h"
#include "report/training_charts.h"

namespace tern {
namespace {

constexpr size_t kLongestName = 80;
constexpr const char* kUnknown = "-";

std::string number_or_dash(const std::optional<Point>& point) {
  return point ? short_number(point->y) : kUnknown;
}

std::optional<Point> last_of(const MetricsLog& log, const char* field) {
  const Curve* const curve = log.find(field);
  return curve == nullptr ? std::nullopt : curve->last();
}

std::string last_number(const MetricsLog& log, const char* field) {
  return number_or_dash(last_of(log, field));
}

std::string hours(const MetricsLog& log) {
  const auto seconds = last_of(log, "seconds");
  return seconds ? short_number(seconds->y / 3600) : kUnknown;
}

std::vector<std::string> row_of(const TrainingRun& run, const MetricsLog& log) {
  const Curve* const loss = log.find("loss");
  const Curve* const held_out = log.find("held_out_loss");
  std::optional<Point> end, best;
  if (loss != nullptr && loss->count() > 0) end = smoothed_loss(*loss).back();
  if (held_out != nullptr) best = held_out->lowest();
  return {shortened(run.name, kLongestName),
          loss != nullptr && loss->last() ? fmt::format("{:.0f}", loss->last()->x) : kUnknown,
          last_number(log, "tokens"),
          number_or_dash(end),
          last_number(log, "held_out_loss"),
          best ? fmt::format("{} at {:.0f}", short_number(best->y), best->x) : kUnknown,
          last_number(log, "tokens_per_second"),
          last_number(log, "mfu"),
          hours(log)};
}

PageTable table_of(std::span<const TrainingRun> runs, const std::string& stage) {
  PageTable table;
  table.head = {"run",        "step",          "tokens", "loss, smoothed", "held-out loss",
                "its lowest", "tokens/second", "MFU",    "hours"};
  for (const TrainingRun& run : runs) {
    for (const MetricsLog& log : run.stages) {
      if (log.stage == stage) table.rows.push_back(row_of(run, log));
    }
  }
  return table;
}

bool is_file_name(const std::string& stage) {
  return !stage.empty() && stage.size() <= 64 &&
         stage.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

Json point_json(const Point& point) {
  return Json::array({point.x, point.y});
}

Json curve_json(const Curve& curve) {
  Json json = {{"count", curve.count()}, {"last", Json()}, {"points", Json::array()}};
  if (curve.last()) json["last"] = point_json(*curve.last());
  for (const Point& point : curve.points()) json["points"].push_back(point_json(point));
  return json;
}

Json stage_json(const MetricsLog& log) {
  Json json = {{"stage", log.stage},           {"file", log.file},         {"lines", log.lines},
               {"broken", log.broken},         {"fields", Json::object()}, {"by_layer", Json::object()},
               {"broken_lines", Json::array()}};
  for (const BrokenLine& line : log.named)
    json["broken_lines"].push_back({{"line", line.number}, {"why", line.why}});
  for (const auto& [field, curve] : log.curves) json["fields"][field] = curve_json(curve);
  for (const auto& [field, values] : log.arrays) json["by_layer"][field] = values;
  return json;
}

}  // namespace

std::vector<std::string> remarks_on(std::span<const TrainingRun> runs) {
  std::vector<std::string> remarks;
  for (const TrainingRun& run : runs) {
    for (const MetricsLog& log : run.stages) {
      if (log.broken > 0) {
        std::string remark = fmt::format("{}: {} of {} lines left out", log.file, log.broken, log.lines);
        for (size_t i = 0; i < log.named.size(); ++i)
          remark += fmt::format("{} line {}: {}", i == 0 ? ":" : ";", log.named[i].number, log.named[i].why);
        if (log.broken > static_cast<int64_t>(log.named.size())) remark += "; ..";
        remarks.push_back(std::move(remark));
      }
      if (log.curves.empty()) remarks.push_back(fmt::format("{}: no metrics yet", log.file));
    }
  }
  return remarks;
}

std::string training_page(std::span<const TrainingRun> runs) {
  std::string title = "Training: ";
  for (size_t i = 0; i < runs.size(); ++i)
    title += (i == 0 ? "" : ", ") + shortened(runs[i].name, kLongestName);
  std::vector<PageSection> sections;
  for (StageCharts& stage : training_charts(runs)) {
    sections.push_back(
        {shortened(stage.stage, kLongestName), table_of(runs, stage.stage), std::move(stage.charts)});
  }
  return html_page(shortened(title, 2 * kLongestName), sections, remarks_on(runs));
}

std::vector<std::pair<std::string, std::string>> training_files(std::span<const TrainingRun> runs) {
  std::vector<std::pair<std::string, std::string>> files;
  const std::vector<StageCharts> stages = training_charts(runs);
  for (size_t i = 0; i < stages.size(); ++i) {
    const std::string name = is_file_name(stages[i].stage) ? stages[i].stage : fmt::format("stage-{}", i + 1);
    for (const Chart& chart : stages[i].charts)
      files.emplace_back(name + "-" + chart.id + ".svg", chart_file(chart));
  }
  return files;
}

Json training_json(std::span<const TrainingRun> runs) {
  Json all = Json::array();
  for (const TrainingRun& run : runs) {
    Json stages = Json::array();
    for (const MetricsLog& log : run.stages) stages.push_back(stage_json(log));
    all.push_back({{"run", run.name}, {"stages", std::move(stages)}});
  }
  return {{"runs", std::move(all)}};
}

}  // namespace tern
