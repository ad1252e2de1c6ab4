#pragma once
// A page of tables and charts: one HTML file that fetches nothing and runs nothing.
#include <string>
#include <string_view>
#include <vector>

#include "report/chart.h"

namespace tern {

struct PageTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  ///< the first cell of each names it
};

struct PageSection {
  std::string title;
  PageTable table;  ///< not shown without rows
  std::vector<Chart> charts;
};

/// Every text may be anybody's. `remarks` stand at the end.
std::string html_page(std::string_view title, const std::vector<PageSection>& sections,
                      const std::vector<std::string>& remarks);

}  // namespace tern
