#pragma once
// Charts as SVG: text stays text, colours follow the reader's preference for light or dark, nothing is
// fetched and nothing runs.
#include <string>
#include <string_view>
#include <vector>

#include "report/curve.h"

namespace tern {

enum class LineStyle {
  kLine,
  kFaint,  ///< behind the others: what a smoothed line was made of
  kDots    ///< a line with its points marked, where they are few
};

struct Line {
  std::string label;
  std::vector<Point> points;
  LineStyle style = LineStyle::kLine;
  size_t colour = 0, dash = 0;  ///< which of kChartColours and kChartDashes, from the start again when beyond
};
constexpr size_t kChartColours = 8, kChartDashes = 4;

struct Chart {
  std::string id;  ///< of small letters, digits and '-'
  std::string title, about, x_label, y_label;
  bool logarithmic = false;  ///< as far as there are numbers above 1e-30; others are then left out
  bool whole_x = true;       ///< x are whole numbers
  std::vector<Line> lines;
  bool empty() const;
};

/// An <svg> element. `id` makes the ids of its parts different from those of others on a page. Labels may be
/// anybody's.
std::string chart_svg(const Chart& chart, std::string_view id);
/// The same as a file of its own.
std::string chart_file(const Chart& chart);
/// Style sheet of <svg> elements.
std::string chart_style();

}  // namespace tern
