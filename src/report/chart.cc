#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "report/axis.h"
#include "report/escape.h"

namespace tern {
namespace {

// In pixels.
constexpr double kWidth = 760, kLeft = 64, kRight = 16, kTop = 40, kPlotHeight = 260, kUnderPlot = 46;
constexpr double kPlotWidth = kWidth - kLeft - kRight, kBottom = kTop + kPlotHeight;
constexpr double kLegendRow = 20, kKey = 26, kLegendGap = 18;
constexpr double kCharacter = 7;  // about, of a label

constexpr double kLeast = 1e-30;  // what a logarithmic axis has a place for

constexpr size_t kLongestLabel = 48;
constexpr size_t kMostDots = 80;       // more would be a stripe
constexpr size_t kMostDescribed = 12;  // lines that the description names

struct Palette {
  const char *ink, *quiet, *rule, *paper;
  const char* colours[kChartColours];
};
constexpr Palette kLight = {
    "#1f2328",
    "#59636e",
    "#d1d9e0",
    "#ffffff",
    {"#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#0b7285", "#8a6100", "#59636e"}};
constexpr Palette kDark = {
    "#e6edf3",
    "#9198a1",
    "#343b44",
    "#0d1117",
    {"#58a6ff", "#f0883e", "#3fb950", "#bc8cff", "#ff7bc5", "#39c5cf", "#d4a72c", "#9ea7b3"}};
constexpr const char* kDashes[kChartDashes] = {"none", "7 4", "2 3", "9 3 2 3"};

std::string variables(const Palette& palette) {
  std::string text = fmt::format("color-scheme:light dark;--ink:{};--quiet:{};--rule:{};--paper:{}",
                                 palette.ink, palette.quiet, palette.rule, palette.paper);
  for (size_t i = 0; i < kChartColours; ++i) text += fmt::format(";--c{}:{}", i, palette.colours[i]);
  return text;
}

struct Frame {
  Axis x, y;
  double left(double value) const { return kLeft + kPlotWidth * x.place(value); }
  double top(double value) const { return kBottom - kPlotHeight * y.place(value); }
  bool holds(Point point) const { return !y.logarithmic || point.y >= kLeast; }
};

Frame frame_of(const Chart& chart) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr int kTicksAcross = 8, kTicksUp = 6;
  double low_x = kInfinity, high_x = -kInfinity, low_y = kInfinity, high_y = -kInfinity, positive = kInfinity;
  for (const Line& line : chart.lines) {
    for (const Point& point : line.points) {
      low_x = std::min(low_x, point.x);
      high_x = std::max(high_x, point.x);
      low_y = std::min(low_y, point.y);
      high_y = std::max(high_y, point.y);
      if (point.y >= kLeast) positive = std::min(positive, point.y);
    }
  }
  if (low_x > high_x) low_x = high_x = low_y = high_y = 0;
  const bool logarithmic = chart.logarithmic && positive < high_y;
  return {linear_axis(low_x, high_x, kTicksAcross, chart.whole_x),
          logarithmic ? log_axis(positive, high_y, kTicksUp) : linear_axis(low_y, high_y, kTicksUp)};
}

std::string grid(const Chart& chart, const Frame& frame) {
  std::string svg;
  auto out = std::back_inserter(svg);
  for (const Tick& tick : frame.y.ticks) {
    const double y = frame.top(tick.value);
    fmt::format_to(out, "<line class=\"rule\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
                   kLeft, kLeft + kPlotWidth, y, y);
    fmt::format_to(out, "<text class=\"end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kLeft - 8, y + 4,
                   escaped(tick.label));
  }
  for (const Tick& tick : frame.x.ticks) {
    const double x = frame.left(tick.value);
    fmt::format_to(out, "<line class=\"rule\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", x,
                   x, kBottom, kBottom + 4);
    fmt::format_to(out, "<text class=\"middle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x, kBottom + 18,
                   escaped(tick.label));
  }
  fmt::format_to(out, "<text class=\"end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kLeft + kPlotWidth,
                 kBottom + 36, escaped(chart.x_label));
  return svg;
}

std::string classes(const Line& line) {
  return fmt::format("line c{} d{}{}", line.colour % kChartColours, line.dash % kChartDashes,
                     line.style == LineStyle::kFaint ? " faint" : "");
}

std::string curve(const Line& line, const Frame& frame) {
  std::vector<Point> shown;
  for (const Point& point : line.points) {
    if (frame.holds(point)) shown.push_back({frame.left(point.x), frame.top(point.y)});
  }
  if (shown.empty()) return "";
  std::string svg = fmt::format("<g><title>{}</title>", escaped(shortened(line.label, kLongestLabel)));
  auto out = std::back_inserter(svg);
  fmt::format_to(out, "<path class=\"{}\" d=\"", classes(line));
  for (size_t i = 0; i < shown.size(); ++i)
    fmt::format_to(out, "{}{:.1f} {:.1f}", i == 0 ? "M" : "L", shown[i].x, shown[i].y);
  svg += "\"/>";
  if (shown.size() == 1 || (line.style == LineStyle::kDots && shown.size() <= kMostDots)) {
    for (const Point& point : shown) {
      fmt::format_to(out, "<circle class=\"dot c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>",
                     line.colour % kChartColours, point.x, point.y);
    }
  }
  return svg + "</g>\n";
}

/// Below the plot; sets `height` to the chart's.
std::string legend(const Chart& chart, double& height) {
  std::string svg;
  double x = kLeft, y = kBottom + kUnderPlot + kLegendRow / 2;
  for (const Line& line : chart.lines) {
    if (line.style == LineStyle::kFaint || line.points.empty()) continue;
    const std::string label = shortened(line.label, kLongestLabel);
    const double width = kKey + kCharacter * static_cast<double>(label.size());
    if (x > kLeft && x + width > kWidth - kRight) {
      x = kLeft;
      y += kLegendRow;
    }
    fmt::format_to(std::back_inserter(svg),
                   "<path class=\"{}\" d=\"M{:.1f} {:.1f}h20\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                   classes(line), x, y, x + kKey, y + 4, escaped(label));
    x += width + kLegendGap;
  }
  height = y + kLegendRow;
  return svg;
}

std::string description(const Chart& chart) {
  std::string text = chart.about;
  size_t described = 0;
  for (const Line& line : chart.lines) {
    if (line.style == LineStyle::kFaint || line.points.empty()) continue;
    if (++described > kMostDescribed) return text + " And more lines.";
    const Point first = line.points.front(), last = line.points.back();
    text +=
        fmt::format(" {}: from {} at {} to {} at {}.", shortened(line.label, kLongestLabel),
                    short_number(first.y), short_number(first.x), short_number(last.y), short_number(last.x));
  }
  return text;
}

std::string svg_element(const Chart& chart, std::string_view id, std::string_view attributes,
                        std::string_view style) {
  const Frame frame = frame_of(chart);
  double height = 0;
  const std::string keys = legend(chart, height);
  const std::string ids = escaped(id);
  std::string svg = fmt::format(
      "<svg class=\"chart\"{} viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-labelledby=\"{}-title "
      "{}-about\">\n"
      "<title id=\"{}-title\">{}</title>\n<desc id=\"{}-about\">{}</desc>\n{}",
      attributes, kWidth, height, ids, ids, ids, escaped(chart.title), ids, escaped(description(chart)),
      style);
  svg += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  svg += fmt::format("<text class=\"title\" x=\"{:.0f}\" y=\"20\">{}</text>\n", kLeft, escaped(chart.title));
  svg += fmt::format("<text class=\"end\" x=\"{:.0f}\" y=\"20\">{}{}</text>\n", kWidth - kRight,
                     escaped(chart.y_label), frame.y.logarithmic ? ", logarithmic" : "");
  svg += grid(chart, frame);
  for (const Line& line : chart.lines) svg += curve(line, frame);
  return svg + keys + "</svg>\n";
}

}  // namespace

bool Chart::empty() const {
  return std::all_of(lines.begin(), lines.end(), [](const Line& line) { return line.points.empty(); });
}

std::string chart_style() {
  std::string style = fmt::format(".chart{{{}}}\n", variables(kLight));
  style += fmt::format("@media (prefers-color-scheme:dark){{.chart{{{}}}}}\n", variables(kDark));
  style +=
      ".chart{font:12px system-ui,sans-serif;max-width:100%}"
      ".chart .paper{fill:var(--paper)}"
      ".chart text{fill:var(--quiet)}"
      ".chart .title{fill:var(--ink);font-size:15px;font-weight:600}"
      ".chart .end{text-anchor:end}.chart .middle{text-anchor:middle}"
      ".chart .rule{stroke:var(--rule);stroke-width:1}"
      ".chart .line{fill:none;stroke-width:1.6;stroke-linejoin:round}"
      ".chart .faint{stroke-width:1;stroke-opacity:.3}"
      ".chart .dot{stroke:none}\n";
  for (size_t i = 0; i < kChartColours; ++i) {
    style +=
        fmt::format(".chart .line.c{}{{stroke:var(--c{})}}.chart .dot.c{}{{fill:var(--c{})}}\n", i, i, i, i);
  }
  for (size_t i = 1; i < kChartDashes; ++i)
    style += fmt::format(".chart .d{}{{stroke-dasharray:{}}}\n", i, kDashes[i]);
  return style;
}

std::string chart_svg(const Chart& chart, std::string_view id) {
  return svg_element(chart, id, fmt::format(" width=\"{:.0f}\"", kWidth), "");
}

std::string chart_file(const Chart& chart) {
  return svg_element(chart, chart.id,
                     fmt::format(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\"", kWidth),
                     "<style>" + chart_style() + "</style>\n");
}

}  // namespace tern
