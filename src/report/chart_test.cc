#include "report/chart.h"

#include <gtest/gtest.h>

#include <limits>
#include <regex>

#include "report/testing.h"

namespace tern {
namespace {

using testing::count_of;
using testing::xml_problem;

constexpr const char* kHostile = "</text><script>alert(1)</script>\"' onload=x &\x1b\xff";

Chart some_chart() {
  return {.id = "loss",
          .title = "Loss",
          .about = "About it.",
          .x_label = "step",
          .y_label = "nats",
          .logarithmic = false,
          .whole_x = true,
          .lines = {{"training", {{0, 10}, {50, 4}, {100, 2}}, LineStyle::kLine, 0, 0},
                    {"held-out", {{50, 5}, {100, 3}}, LineStyle::kDots, 1, 2}}};
}

/// x and y of the first path of that class, in pixels.
std::vector<Point> path_of(const std::string& svg, const std::string& of_class) {
  const size_t at = svg.find("<path class=\"" + of_class + "\" d=\"");
  if (at == std::string::npos) return {};
  const size_t begin = svg.find("d=\"", at) + 3;
  const std::string data = svg.substr(begin, svg.find('"', begin) - begin);
  static const std::regex kPoint("[ML]([-0-9.]+) ([-0-9.]+)");
  std::vector<Point> points;
  for (auto it = std::sregex_iterator(data.begin(), data.end(), kPoint); it != std::sregex_iterator(); ++it)
    points.push_back({std::stod((*it)[1]), std::stod((*it)[2])});
  return points;
}

TEST(Chart, IsWellFormedAndTellsWhatItShows) {
  const std::string svg = chart_file(some_chart());
  EXPECT_EQ(xml_problem(svg), "");
  EXPECT_NE(svg.find("<title id=\"loss-title\">Loss</title>"), std::string::npos);
  EXPECT_NE(svg.find("aria-labelledby=\"loss-title loss-about\""), std::string::npos);
  EXPECT_NE(
      svg.find("<desc id=\"loss-about\">About it. training: from 10 at 0 to 2 at 100. held-out: from 5 at 50 "
               "to 3 at 100.</desc>"),
      std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_NE(svg.find("xmlns=\"http://www.w3.org/2000/svg\""), std::string::npos);
  EXPECT_EQ(count_of(svg, "<circle"), 2u);  // of the line with dots
  for (const char* never : {"<script", "href", "url(", "@import", "<image", "<foreignObject"})
    EXPECT_EQ(svg.find(never), std::string::npos) << never;
}

TEST(Chart, PointsStandWhereTheyBelong) {
  const std::string svg = chart_svg(some_chart(), "x");
  const std::vector<Point> points = path_of(svg, "line c0 d0");
  ASSERT_EQ(points.size(), 3u);
  const double left = points[0].x, right = points[2].x, top = points[0].y;
  EXPECT_LT(left, right);
  EXPECT_NEAR(points[1].x, (left + right) / 2, 0.11);
  const double unit = (points[2].y - points[0].y) / 8;  // y grows downwards
  EXPECT_GT(unit, 0);
  EXPECT_NEAR(points[1].y, top + 6 * unit, 0.11);
  const std::vector<Point> other = path_of(svg, "line c1 d2");
  ASSERT_EQ(other.size(), 2u);
  EXPECT_NEAR(other[0].x, points[1].x, 1e-9);
  EXPECT_NEAR(other[1].y, top + 7 * unit, 0.11);
}

TEST(Chart, ALogarithmicScaleLeavesOutWhatItHasNoPlaceFor) {
  Chart chart = some_chart();
  chart.logarithmic = true;
  chart.lines = {{"norm", {{0, 0}, {1, 0.001}, {2, 0.01}, {3, 10}, {4, -1}}, LineStyle::kLine, 0, 0}};
  const std::vector<Point> points = path_of(chart_svg(chart, "x"), "line c0 d0");
  ASSERT_EQ(points.size(), 3u);
  EXPECT_NEAR((points[0].y - points[1].y) * 3, points[1].y - points[2].y, 0.4);
  chart.lines = {{"norm", {{0, -3}, {1, 0}}, LineStyle::kLine, 0, 0}};  // nothing above 0: as it is
  EXPECT_EQ(path_of(chart_svg(chart, "x"), "line c0 d0").size(), 2u);
}

TEST(Chart, HostileTextsStayText) {
  Chart chart = some_chart();
  chart.title = chart.about = chart.x_label = chart.y_label = kHostile;
  chart.lines[0].label = kHostile + std::string(100'000, '<');
  for (const std::string& svg : {chart_file(chart), chart_svg(chart, kHostile)}) {
    EXPECT_EQ(xml_problem(svg), "");
    EXPECT_EQ(svg.find("<script"), std::string::npos);
    EXPECT_EQ(svg.find('\x1b'), std::string::npos);
    EXPECT_LT(svg.size(), 30'000u);
  }
}

TEST(Chart, OddDataGiveACanvasAllTheSame) {
  Chart chart = some_chart();
  const std::vector<std::vector<Point>> odd = {{},
                                               {{5, 5}},
                                               {{0, 0}, {1, 0}},
                                               {{0, 1e30}, {9e15, -1e30}},
                                               {{0, 1e-320}, {1, 2e-320}},
                                               {{3, 1}, {3, 2}, {3, 3}},
                                               {{0, 1e15}, {1, 1e15 + 1}}};
  for (const bool logarithmic : {false, true}) {
    for (const std::vector<Point>& points : odd) {
      chart.logarithmic = logarithmic;
      chart.lines = {{"odd", points, LineStyle::kLine, 0, 0}};
      EXPECT_EQ(chart.empty(), points.empty());
      const std::string svg = chart_file(chart);
      EXPECT_EQ(xml_problem(svg), "");
      EXPECT_EQ(svg.find("nan"), std::string::npos);
      EXPECT_EQ(svg.find("inf"), std::string::npos);
      EXPECT_LT(svg.size(), 20'000u);
    }
  }
}

TEST(Chart, ALegendOfManyLinesMakesTheChartHigher) {
  Chart chart = some_chart();
  const std::string low = chart_svg(chart, "x");
  for (size_t i = 0; i < 20; ++i)
    chart.lines.push_back({"a run with a name of some length", {{0, 1}}, LineStyle::kLine, i, i});
  const std::string high = chart_svg(chart, "x");
  const auto height = [](const std::string& svg) {
    const size_t at = svg.find("viewBox=\"0 0 760 ") + 17;
    return std::stod(svg.substr(at));
  };
  EXPECT_GT(height(high), height(low) + 100);
  EXPECT_EQ(count_of(high, "a run with a name of some length</text>"), 20u);
}

}  // namespace
}  // namespace tern
