#include "bench/peer_output.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/json.h"

namespace tern {
namespace {

constexpr std::string_view kWhat = "llama-bench output";

/// A row's columns by name, as text.
using Columns = std::map<std::string, std::string, std::less<>>;

Result<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && std::isfinite(value)) return value;  // "57.9 ± 0.3": the spread is passed over
  return fail(ErrorCode::kBadFile, "{}: '{}' is no number", kWhat, text.substr(0, 40));
}

Result<int64_t> column_integer(const Columns& columns, std::string_view name, std::optional<int64_t> absent) {
  const auto found = columns.find(name);
  if (found == columns.end()) {
    if (absent) return *absent;
    return fail(ErrorCode::kBadFile, "{}: no field {}", kWhat, name);
  }
  TERN_ASSIGN(const double value, parse_number(found->second));
  if (value >= 0 && value <= 1e9) return static_cast<int64_t>(value);
  return fail(ErrorCode::kBadFile, "{}: {} is {}", kWhat, name, value);
}

/// Of JSON and CSV, whose columns have the same names.
Result<PeerRow> row_of(const Columns& columns) {
  PeerRow row;
  const auto speed = columns.find("avg_ts");
  if (speed == columns.end()) return fail(ErrorCode::kBadFile, "{}: no field avg_ts", kWhat);
  TERN_ASSIGN(row.tok_s, parse_number(speed->second));
  // ik_llama.cpp names the test; its prompt is the context when tokens are decoded after one.
  if (const auto name = columns.find("test"); name != columns.end()) {
    TERN_ASSIGN(row.test, parse_test_name(name->second));
    return row;
  }
  TERN_ASSIGN(const int64_t prompt, column_integer(columns, "n_prompt", std::nullopt));
  TERN_ASSIGN(const int64_t answer, column_integer(columns, "n_gen", std::nullopt));
  TERN_ASSIGN(const int64_t depth, column_integer(columns, "n_depth", 0));
  if ((prompt > 0) == (answer > 0)) {
    return fail(ErrorCode::kBadFile, "{}: a test of {} prompt and {} answer tokens", kWhat, prompt, answer);
  }
  row.test = {prompt > 0, std::max(prompt, answer), depth};
  return row;
}

Result<std::vector<PeerRow>> parse_json_rows(std::string_view text) {
  const size_t end = text.rfind(']');
  // Some builds print log lines, which may hold brackets, before the array.
  for (size_t begin = text.find('[');
       begin != std::string_view::npos && end != std::string_view::npos && begin < end;
       begin = text.find('[', begin + 1)) {
    const Result<Json> json = parse_json(text.substr(begin, end - begin + 1), kWhat);
    if (!json || !json->is_array()) continue;
    std::vector<PeerRow> rows;
    for (const Json& object : *json) {
      if (!object.is_object())
        return fail(ErrorCode::kBadFile, "{}: an array of something else than tests", kWhat);
      Columns columns;
      for (const auto& [key, value] : object.items()) {
        columns[key] = value.is_string() ? value.get<std::string>() : dump_json(value);
      }
      TERN_ASSIGN(const PeerRow row, row_of(columns));
      rows.push_back(row);
    }
    return rows;
  }
  return fail(ErrorCode::kBadFile, "{}: no JSON array", kWhat);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A line of CSV; quotes are doubled within quotes.
std::vector<std::string> csv_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

/// "| a | b |" -> "a", "b"; nothing for other lines.
std::vector<std::string> table_cells(std::string_view line) {
  std::vector<std::string> cells;
  if (line.size() < 2 || line.front() != '|' || line.back() != '|') return cells;
  for (const std::string_view cell : split(line.substr(1, line.size() - 2), '|'))
    cells.emplace_back(trim(cell));
  return cells;
}

/// Lines of as many cells as the first line that has all of `required`.
std::vector<Columns> table_rows(std::string_view text, const std::vector<std::string_view>& required,
                                const std::function<std::vector<std::string>(std::string_view)>& cells_of) {
  std::vector<std::string> header;
  std::vector<Columns> rows;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string> cells = cells_of(trim(line));
    if (header.empty()) {
      const bool all = std::all_of(required.begin(), required.end(), [&](std::string_view name) {
        return std::find(cells.begin(), cells.end(), name) != cells.end();
      });
      if (all) header = cells;
    } else if (cells.size() == header.size()) {
      Columns& columns = rows.emplace_back();
      for (size_t i = 0; i < cells.size(); ++i) columns[header[i]] = cells[i];
    }
  }
  return rows;
}

Result<std::vector<PeerRow>> parse_csv_rows(std::string_view text) {
  std::vector<PeerRow> rows;
  for (const Columns& columns : table_rows(text, {"n_prompt", "n_gen", "avg_ts"}, csv_cells)) {
    TERN_ASSIGN(const PeerRow row, row_of(columns));
    rows.push_back(row);
  }
  return rows;
}

Result<std::vector<PeerRow>> parse_markdown_rows(std::string_view text) {
  std::vector<PeerRow> rows;
  for (const Columns& columns : table_rows(text, {"test", "t/s"}, table_cells)) {
    if (columns.at("test").starts_with('-')) continue;  // the ruler below the header
    PeerRow& row = rows.emplace_back();
    TERN_ASSIGN(row.test, parse_test_name(columns.at("test")));
    TERN_ASSIGN(row.tok_s, parse_number(columns.at("t/s")));
  }
  return rows;
}

}  // namespace

std::string_view peer_format_name(PeerFormat format) {
  switch (format) {
    case PeerFormat::kJson:
      return "json";
    case PeerFormat::kCsv:
      return "csv";
    case PeerFormat::kMarkdown:
      return "md";
  }
  return "";
}

Result<std::vector<PeerRow>> parse_peer_output(std::string_view text, PeerFormat format) {
  constexpr Result<std::vector<PeerRow>> (*kParsers[])(std::string_view) = {parse_json_rows, parse_csv_rows,
                                                                            parse_markdown_rows};
  TERN_ASSIGN(auto rows, kParsers[static_cast<size_t>(format)](text));
  if (rows.empty()) return fail(ErrorCode::kBadFile, "{}: no test in it", kWhat);
  return rows;
}

Result<SpeedTest> parse_test_name(std::string_view name) {
  std::string dense;
  std::copy_if(name.begin(), name.end(), std::back_inserter(dense), [](char c) { return c != ' '; });
  SpeedTest test;
  std::string_view rest = dense;
  const auto take = [&rest](std::string_view word) {
    const bool there = rest.starts_with(word);
    if (there) rest.remove_prefix(word.size());
    return there;
  };
  const auto number = [&rest](int64_t* value) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), *value);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    return error == std::errc() && *value > 0;
  };
  test.prompt = take("pp");
  bool good = (test.prompt || take("tg")) && number(&test.tokens);
  if (good && !rest.empty()) good = (take("@d") || take("@pp")) && number(&test.depth);
  if (good && rest.empty()) return test;
  return fail(ErrorCode::kBadFile, "{}: '{}' is no test like pp512 or tg64@d2048", kWhat, name.substr(0, 40));
}

}  // namespace tern
