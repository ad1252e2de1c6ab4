#include "report/metrics_log.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "base/json_mutation.h"
#include "base/testing.h"

namespace tern {
namespace {

Result<MetricsLog> read(std::string_view content) {
  const testing::TempFolder folder;
  testing::write_file(folder.file("metrics.jsonl"), content);
  Progress progress("reading", 0);
  return read_metrics(folder.file("metrics.jsonl"), progress, 0);
}

MetricsLog log_of(std::string_view content) {
  Result<MetricsLog> log = read(content);
  EXPECT_TRUE(log) << log.error().message();
  return log ? std::move(*log) : MetricsLog();
}

std::vector<std::pair<double, double>> points(const MetricsLog& log, const std::string& field) {
  std::vector<std::pair<double, double>> all;
  if (const Curve* const curve = log.find(field)) {
    for (const Point& point : curve->points()) all.emplace_back(point.x, point.y);
  }
  return all;
}
using Points = std::vector<std::pair<double, double>>;

TEST(MetricsLog, FieldsBecomeCurves) {
  const MetricsLog log = log_of(
      R"({"step": 1, "stage": "chat", "stage_number": 2, "loss": 3.5, "trits": {"zero": 0.25, "flips": 0}}
{"step": 2, "loss": 3, "trits": {"zero": 0.5}}
{"step": 2, "held_out_loss": 4, "gate_zeros": [0.25, 0.75], "trits_by_kind": {"q_proj": {"zero": 0.125}}}
)");
  EXPECT_EQ(log.stage, "chat");
  EXPECT_EQ(log.stage_number, 2);
  EXPECT_EQ(log.lines, 3);
  EXPECT_EQ(log.broken, 0);
  EXPECT_EQ(points(log, "loss"), (Points{{1, 3.5}, {2, 3}}));
  EXPECT_EQ(points(log, "trits.zero"), (Points{{1, 0.25}, {2, 0.5}}));
  EXPECT_EQ(points(log, "trits.flips"), (Points{{1, 0}}));
  EXPECT_EQ(points(log, "held_out_loss"), (Points{{2, 4}}));
  EXPECT_EQ(points(log, "trits_by_kind.q_proj.zero"), (Points{{2, 0.125}}));
  EXPECT_EQ(points(log, "gate_zeros"), (Points{{2, 0.5}}));
  EXPECT_EQ(log.arrays.at("gate_zeros"), (std::vector<double>{0.25, 0.75}));
  EXPECT_EQ(log.find("stage"), nullptr);
}

TEST(MetricsLog, BrokenLinesAreCountedAndNamed) {
  const MetricsLog log = log_of(
      "{\"step\":1,\"loss\":1}\nnonsense\n[1]\n\n{\"loss\":2}\r\n{\"step\":5,\"loss\":5}\n{\"step\":4,"
      "\"loss\":4}\n"
      "{\"step\":-1}\n{\"step\":\"6\"}\n{\"step\":6,\"loss\":NaN}\n{\"step\":6,\"loss\":1e999}\n{\"step\":7,"
      "\"loss\":7}\n");
  EXPECT_EQ(points(log, "loss"), (Points{{1, 1}, {5, 5}, {7, 7}}));
  EXPECT_EQ(log.lines, 12);
  EXPECT_EQ(log.broken, 9);
  ASSERT_EQ(log.named.size(), MetricsLog::kMaxNamed);
  const std::pair<int64_t, const char*> expected[] = {{2, "not valid JSON"},
                                                      {3, "not a JSON object"},
                                                      {4, "not valid JSON"},
                                                      {5, "no step"},
                                                      {7, "step 4 behind step 5"}};
  for (size_t i = 0; i < log.named.size(); ++i) {
    EXPECT_EQ(log.named[i].number, expected[i].first);
    EXPECT_EQ(log.named[i].why, expected[i].second);
  }
}

TEST(MetricsLog, ALineThatIsStillWrittenIsNoMistake) {
  const MetricsLog log = log_of("{\"step\":1,\"loss\":1}\n{\"step\":2,\"lo");
  EXPECT_EQ(log.lines, 1);
  EXPECT_EQ(log.broken, 0);
  EXPECT_EQ(points(log_of("{\"step\":1,\"loss\":1}"), "loss"), (Points{{1, 1}}));  // or just whole
  EXPECT_EQ(log_of("").lines, 0);
}

TEST(MetricsLog, ValuesThatAreNoNumbersAreLeftOut) {
  const MetricsLog log = log_of(R"({"step": 1, "loss": null, "grad_norm": 1e300, "gate_zeros": [0.5, null]}
{"step": 2, "loss": "2", "grad_norm": 2, "down_zeros": []}
{"step": 3, "loss": true, "grad_norm": -1e-320}
)");
  EXPECT_EQ(log.broken, 0);
  EXPECT_EQ(points(log, "loss"), Points{});
  EXPECT_EQ(points(log, "grad_norm").size(), 2u);
  EXPECT_EQ(points(log, "gate_zeros"), Points{});  // a mean of what is not there
  EXPECT_TRUE(std::isnan(log.arrays.at("gate_zeros")[1]));
}

TEST(MetricsLog, NothingGrowsWithoutBound) {
  std::string content = "{\"step\":1,\"x\":\"" + std::string(MetricsLog::kMaxLine, 'a') + "\"}\n";
  content += "{\"step\":1,\"" + std::string(MetricsLog::kMaxName + 1, 'k') + "\":1}\n";
  for (int i = 0; i < 1000; ++i) content += fmt::format("{{\"step\":2,\"field{}\":1}}\n", i);
  content += "{\"step\":3,\"field0\":5,\"many\":[1";
  for (size_t i = 0; i < MetricsLog::kMaxArray; ++i) content += ",1";
  content += "]}\n";
  const MetricsLog log = log_of(content);
  EXPECT_EQ(log.curves.size(), MetricsLog::kMaxFields);
  EXPECT_TRUE(log.arrays.empty());
  ASSERT_FALSE(log.named.empty());
  EXPECT_EQ(log.named[0].number, 1);
  EXPECT_EQ(log.named[0].why, "more than 1048576 bytes");
}

TEST(MetricsLog, LongFilesAreThinned) {
  std::string content;
  for (int i = 1; i <= 100'000; ++i)
    content += fmt::format("{{\"step\":{},\"loss\":{}}}\n", i, i == 54'321 ? 99 : 2);
  const MetricsLog log = log_of(content);
  const Points all = points(log, "loss");
  EXPECT_LE(all.size(), Curve::kMostPoints);
  EXPECT_NE(std::find(all.begin(), all.end(), std::pair<double, double>(54'321, 99)), all.end());
}

TEST(MetricsLog, FilesThatCannotBeReadAreNamed) {
  Progress progress("reading", 0);
  const auto missing = read_metrics("nowhere/metrics.jsonl", progress, 0);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message().find("nowhere/metrics.jsonl"), std::string::npos);
  EXPECT_FALSE(read_metrics("/dev/null", progress, 0));
}

// Broken files by the thousand: every one is read, and a line is either used or counted as broken.
TEST(MetricsLog, MutationsOfLinesAreReadOrCounted) {
  const std::vector<std::string> seeds = {
      R"({"step": 10, "stage": "pretrain", "stage_number": 0, "loss": 3.2, "trits": {"negative": 0.3, "zero": 0.4, "positive": 0.3, "flips": 0.001}})",
      R"({"step": 10, "gate_zeros": [0.5, 0.6], "down_zeros": [0.7, 0.8], "trits_by_kind": {"q_proj": {"zero": 0.4}}})"};
  void (*const kChanges[])(Json&, testing::Random&) = {
      testing::change_number, testing::change_text, testing::change_type, testing::drop_value,
      testing::copy_value,    testing::grow_array,  testing::nest,        testing::rename_key};
  testing::Random random(7);
  int64_t broken = 0, used = 0;
  for (int round = 0; round < 1000; ++round) {
    Json json = parse_json(random.pick(seeds), "seed").value();
    const size_t changes = 1 + random.below(3);
    for (size_t i = 0; i < changes; ++i) random.pick(kChanges)(json, random);
    std::string line = dump_json(json);
    if (random.chance(4)) line.erase(random.below(line.size()), 1);
    if (random.chance(8)) line[random.below(line.size())] = static_cast<char>(random.bits());
    std::erase(line, '\n');
    const MetricsLog log = log_of(line + "\n{\"step\":9007199254740992,\"loss\":1}\n");
    EXPECT_EQ(log.lines, 2);
    ASSERT_LE(log.broken, 1);
    log.broken == 1 ? ++broken : ++used;
    for (const auto& [field, curve] : log.curves) {
      for (const Point& point : curve.points()) EXPECT_LE(std::fabs(point.y), Curve::kGreatest);
    }
  }
  EXPECT_GT(broken, 100);
  EXPECT_GT(used, 100);
}

}  // namespace
}  // namespace tern
