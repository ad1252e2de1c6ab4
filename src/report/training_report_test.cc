#include "report/training_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/testing.h"
#include "report/page.h"
#include "report/testing.h"
#include "report/training_charts.h"

namespace tern {
namespace {

using testing::count_of;
using testing::TempFolder;
using testing::xml_problem;

/// Metrics of a stage, as the trainer writes them.
void write_stage(const std::string& run, const std::string& name, int64_t number, int steps,
                 bool dpo = false) {
  std::filesystem::create_directories(run + "/" + name);
  std::string text;
  for (int step = 1; step <= steps; ++step) {
    Json line = {{"step", step},
                 {"stage", name},
                 {"stage_number", number},
                 {"tokens", 512 * step},
                 {"loss", 10.0 / step},
                 {"learning_rate", 1e-3},
                 {"weight_decay", 0.1},
                 {"grad_norm", 1.5},
                 {"tokens_per_second", 1000},
                 {"mfu", 0.25},
                 {"seconds", 3600.0 * step},
                 {"trits", {{"negative", 0.3}, {"zero", 0.4}, {"positive", 0.3}, {"flips", 1e-3}}}};
    if (dpo) line.update({{"margin", 0.1 * step}, {"accuracy", 0.75}});
    text += dump_json(line) + "\n";
  }
  text += dump_json({{"step", steps},
                     {"trits_by_kind", {{"q_proj", {{"zero", 0.4}}}}},
                     {"gate_zeros", {0.5, 0.75}},
                     {"down_zeros", {0.625, 0.875}}}) +
          "\n";
  if (!dpo) text += dump_json({{"step", steps}, {"held_out_loss", 3.25}}) + "\n";
  testing::write_file(run + "/" + name + "/metrics.jsonl", text);
}

std::vector<TrainingRun> read_runs(const std::vector<std::string>& paths) {
  std::vector<TrainingRun> runs;
  for (const std::string& path : paths) {
    Result<TrainingRun> run = read_training_run(path);
    EXPECT_TRUE(run) << run.error().message();
    if (run) runs.push_back(std::move(*run));
  }
  return runs;
}

std::vector<std::string> ids(const StageCharts& stage) {
  std::vector<std::string> all;
  for (const Chart& chart : stage.charts) all.push_back(chart.id);
  return all;
}

const Chart& chart_of(const StageCharts& stage, std::string_view id) {
  const auto found = std::find_if(stage.charts.begin(), stage.charts.end(),
                                  [&](const Chart& chart) { return chart.id == id; });
  EXPECT_NE(found, stage.charts.end()) << id;
  return *found;
}

TEST(TrainingReport, AStageHasItsCharts) {
  const TempFolder folder;
  write_stage(folder.file("run"), "warm", 0, 20);
  write_stage(folder.file("run"), "align", 1, 5, true);
  std::filesystem::create_directories(folder.file("run/data/stories"));  // no stage
  const auto runs = read_runs({folder.file("run")});
  const std::vector<StageCharts> stages = training_charts(runs);
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].stage, "warm");  // the recipe's order, not the alphabet's
  EXPECT_EQ(ids(stages[0]), (std::vector<std::string>{"loss", "learning-rate", "weight-decay",
                                                      "gradient-norm", "trits", "zeros-by-kind", "flips",
                                                      "sparsity", "speed", "mfu", "sparsity-by-layer"}));
  EXPECT_EQ(ids(stages[1]),
            (std::vector<std::string>{"loss", "margin", "accuracy", "learning-rate", "weight-decay",
                                      "gradient-norm", "trits", "zeros-by-kind", "flips", "sparsity", "speed",
                                      "mfu", "sparsity-by-layer"}));
  const Chart& loss = chart_of(stages[0], "loss");
  ASSERT_EQ(loss.lines.size(), 3u);  // as it is, smoothed, held-out
  EXPECT_EQ(loss.lines[0].style, LineStyle::kFaint);
  EXPECT_EQ(loss.lines[1].label, "training");
  EXPECT_GT(loss.lines[1].points.back().y, 0.5);  // behind
  EXPECT_EQ(loss.lines[2].label, "held-out");
  EXPECT_EQ(loss.lines[2].points.size(), 1u);
  EXPECT_NE(loss.lines[1].colour, loss.lines[2].colour);
  const Chart& layers = chart_of(stages[0], "sparsity-by-layer");
  ASSERT_EQ(layers.lines.size(), 2u);
  EXPECT_EQ(layers.lines[1].points[1].y, 0.875);
}

TEST(TrainingReport, RunsLieOverEachOther) {
  const TempFolder folder;
  write_stage(folder.file("a"), "pretrain", 0, 20);
  write_stage(folder.file("b"), "pretrain", 0, 30);
  write_stage(folder.file("b"), "chat", 1, 5);
  const auto runs = read_runs({folder.file("a") + "/", folder.file("b")});
  const std::vector<StageCharts> stages = training_charts(runs);
  ASSERT_EQ(stages.size(), 2u);
  const Chart& trits = chart_of(stages[0], "trits");
  ASSERT_EQ(trits.lines.size(), 6u);
  EXPECT_EQ(trits.lines[0].label, folder.file("a") + ": -1");
  EXPECT_EQ(trits.lines[5].label, folder.file("b") + ": +1");
  EXPECT_EQ(trits.lines[0].colour, trits.lines[2].colour);
  EXPECT_NE(trits.lines[0].colour, trits.lines[3].colour);
  EXPECT_EQ(trits.lines[2].dash, trits.lines[5].dash);
  EXPECT_NE(trits.lines[0].dash, trits.lines[2].dash);
  EXPECT_EQ(chart_of(stages[0], "mfu").lines[1].label, folder.file("b"));
  EXPECT_EQ(chart_of(stages[1], "mfu").lines[0].label, folder.file("b"));
}

TEST(TrainingReport, ThePageIsOneFileOfText) {
  const TempFolder folder;
  const std::string hostile = folder.file("<img src=x onerror=alert(1)>&\"'");
  write_stage(hostile, "pretrain", 0, 20);
  testing::write_file(
      hostile + "/pretrain/metrics.jsonl",
      testing::read_file(hostile + "/pretrain/metrics.jsonl") + "</ul><script>\n{\"step\": 1}\n");
  const auto runs = read_runs({hostile, folder.file("<img src=x onerror=alert(1)>&\"'/pretrain")});
  const std::string page = training_page(runs);
  EXPECT_EQ(xml_problem(page), "");
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(count_of(page, "<svg"), 11u);
  EXPECT_NE(page.find("2 of 24 lines left out: line 23: not valid JSON; line 24: step 1 behind step 20"),
            std::string::npos);
  EXPECT_NE(page.find("<td>3.25 at 20</td>"), std::string::npos);  // the lowest held-out loss
  for (const char* never : {"<script", "<img", "href=", "src=\"", "url(", "@import", "http://", "https://"})
    EXPECT_EQ(page.find(never), std::string::npos) << never;
  // The ids of the page differ from each other.
  EXPECT_EQ(count_of(page, " id=\"s0-loss-title\""), 1u);
}

TEST(TrainingReport, AnyStageHasFileNamesThatAreNames) {
  TrainingRun run{"run", {}};
  for (const char* stage : {"../../etc", "pretrain", "", "a/b", "Big"}) {
    MetricsLog& log = run.stages.emplace_back();
    log.stage = stage;
    log.curves["loss"].add({1, 2});
  }
  std::vector<std::string> names;
  for (const auto& [name, content] : training_files(std::span(&run, 1))) {
    names.push_back(name);
    EXPECT_EQ(xml_problem(content), "");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"stage-1-loss.svg", "pretrain-loss.svg", "stage-3-loss.svg",
                                             "stage-4-loss.svg", "stage-5-loss.svg"}));
}

TEST(TrainingReport, NumbersAreGivenAsTheyAreDrawn) {
  const TempFolder folder;
  write_stage(folder.file("run"), "pretrain", 0, 3);
  const Json json = training_json(read_runs({folder.file("run")}));
  const Json& stage = json["runs"][0]["stages"][0];
  EXPECT_EQ(stage["stage"], "pretrain");
  EXPECT_EQ(stage["lines"], 5);
  EXPECT_EQ(stage["broken"], 0);
  EXPECT_EQ(stage["fields"]["loss"]["points"],
            Json::parse("[[1.0, 10.0], [2.0, 5.0], [3.0, 3.3333333333333335]]"));
  EXPECT_EQ(stage["fields"]["held_out_loss"]["last"], Json::parse("[3.0, 3.25]"));
  EXPECT_EQ(stage["by_layer"]["down_zeros"], Json::parse("[0.625, 0.875]"));
}

TEST(TrainingReport, WhatIsNoRunIsNamed) {
  const TempFolder folder;
  std::filesystem::create_directories(folder.file("empty/data"));
  const auto empty = read_training_run(folder.file("empty"));
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(empty.error().message().starts_with(folder.file("empty") + ": no metrics.jsonl"));
  const auto missing = read_training_run(folder.file("missing"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message(), folder.file("missing") + ": there is no such run");
  testing::write_file(folder.file("empty/metrics.jsonl"), "");
  const auto young = read_runs({folder.file("empty")});
  EXPECT_EQ(remarks_on(young),
            std::vector<std::string>{folder.file("empty/metrics.jsonl") + ": no metrics yet"});
  EXPECT_EQ(xml_problem(training_page(young)), "");
}

}  // namespace
}  // namespace tern
