#include "report/page.h"

#include <fmt/format.h>

#include "report/escape.h"

namespace tern {
namespace {

constexpr const char* kStyle =
    ":root{color-scheme:light dark;--page:#f6f8fa;--text:#1f2328;--border:#d1d9e0}\n"
    "@media (prefers-color-scheme:dark){:root{--page:#010409;--text:#e6edf3;--border:#343b44}}\n"
    "body{margin:2rem auto;max-width:100rem;padding:0 1rem;background:var(--page);color:var(--text);"
    "font:15px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.25rem;overflow-wrap:anywhere}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1rem}\n"
    "figure{margin:0;border:1px solid var(--border);border-radius:6px;overflow:hidden}\n"
    "figure svg{display:block;width:100%;height:auto}\n"
    ".table{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse}\n"
    "th,td{padding:.25rem .75rem;border-bottom:1px solid var(--border);text-align:right;white-space:nowrap}\n"
    "th:first-child{text-align:left}th[scope=row]{font-weight:400}\n";

std::string table_element(const PageTable& table) {
  if (table.rows.empty()) return "";
  std::string html = "<div class=\"table\"><table><thead><tr>";
  for (const std::string& cell : table.head) html += "<th scope=\"col\">" + escaped(cell) + "</th>";
  html += "</tr></thead><tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      html += i == 0 ? "<th scope=\"row\">" + escaped(row[i]) + "</th>" : "<td>" + escaped(row[i]) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace

std::string html_page(std::string_view title, const std::vector<PageSection>& sections,
                      const std::vector<std::string>& remarks) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n",
      escaped(title), kStyle, chart_style(), escaped(title));
  for (size_t i = 0; i < sections.size(); ++i) {
    const PageSection& section = sections[i];
    html += fmt::format("<section>\n<h2>{}</h2>\n{}<div class=\"charts\">\n", escaped(section.title),
                        table_element(section.table));
    for (const Chart& chart : section.charts)
      html += "<figure>\n" + chart_svg(chart, fmt::format("s{}-{}", i, chart.id)) + "</figure>\n";
    html += "</div>\n</section>\n";
  }
  if (!remarks.empty()) {
    html += "<section>\n<h2>Remarks</h2>\n<ul>\n";
    for (const std::string& remark : remarks) html += "<li>" + escaped(remark) + "</li>\n";
    html += "</ul>\n</section>\n";
  }
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace tern
