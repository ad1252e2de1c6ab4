#include "report/metrics_log.h"

#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/mmap.h"
#include "base/trim.h"

namespace tern {
namespace {

constexpr int64_t kMaxStep = int64_t{1} << 53;  // whole numbers that a double holds

class Reader {
 public:
  explicit Reader(std::string file) { log_.file = std::move(file); }

  /// `whole`: it has an end.
  void line(std::string_view text, bool whole) {
    ++log_.lines;
    const Status status = add(text);
    if (status) return;
    if (!whole) {
      --log_.lines;
    } else if (++log_.broken <= static_cast<int64_t>(MetricsLog::kMaxNamed)) {
      log_.named.push_back({log_.lines, status.error().message()});
    }
  }
  MetricsLog take() { return std::move(log_); }

 private:
  Status add(std::string_view text) {
    if (text.size() > MetricsLog::kMaxLine)
      return fail(ErrorCode::kBadFile, "more than {} bytes", MetricsLog::kMaxLine);
    const Result<Json> json = parse_json(text, "");
    if (!json) return fail(ErrorCode::kBadFile, "not valid JSON");
    if (!json->is_object()) return fail(ErrorCode::kBadFile, "not a JSON object");
    const auto step = json_int(*json, "step", "");
    if (!step || !*step || **step < 0 || **step > kMaxStep) return fail(ErrorCode::kBadFile, "no step");
    if (**step < step_) return fail(ErrorCode::kBadFile, "step {} behind step {}", **step, step_);
    step_ = **step;
    add_names(*json);
    add_fields(*json, "");
    return {};
  }

  void add_names(const Json& json) {
    const auto stage = json_string(json, "stage", "");
    if (stage && *stage) log_.stage = **stage;
    const auto number = json_int(json, "stage_number", "");
    if (number && *number && **number >= 0) log_.stage_number = **number;
  }

  void add_fields(const Json& object, const std::string& prefix) {
    for (const auto& [key, value] : object.items()) {
      const std::string field = prefix + key;
      if (field.size() > MetricsLog::kMaxName) continue;
      if (value.is_number()) {
        add_number(field, value.get<double>());
      } else if (value.is_array()) {
        add_array(field, value);
      } else if (value.is_object()) {
        add_fields(value, field + ".");  // as deep as parse_json() allows
      }
    }
  }

  void add_number(const std::string& field, double value) {
    if (log_.curves.size() >= MetricsLog::kMaxFields && !log_.curves.contains(field)) return;
    log_.curves[field].add({static_cast<double>(step_), value});
  }

  void add_array(const std::string& field, const Json& array) {
    if (array.empty() || array.size() > MetricsLog::kMaxArray) return;
    std::vector<double> values;
    double sum = 0;
    for (const Json& value : array) {
      values.push_back(value.is_number() ? value.get<double>() : std::nan(""));
      sum += values.back();
    }
    add_number(field, sum / static_cast<double>(values.size()));
    if (log_.curves.contains(field)) log_.arrays[field] = std::move(values);
  }

  MetricsLog log_;
  int64_t step_ = 0;
};

}  // namespace

const Curve* MetricsLog::find(const std::string& field) const {
  const auto found = curves.find(field);
  return found == curves.end() ? nullptr : &found->second;
}

Result<MetricsLog> read_metrics(const std::string& path, Progress& progress, uint64_t done) {
  constexpr int64_t kLook = 1024;  // lines from one look at the clock to the next
  TERN_ASSIGN(const MappedFile file, MappedFile::open(path));
  const std::string_view all(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  Reader reader(path);
  size_t begin = 0;
  for (int64_t count = 0; begin < all.size(); ++count) {
    const void* const end = std::memchr(all.data() + begin, '\n', all.size() - begin);
    const size_t length = end == nullptr
                              ? all.size() - begin
                              : static_cast<size_t>(static_cast<const char*>(end) - all.data()) - begin;
    reader.line(trim(all.substr(begin, length)), end != nullptr);
    begin += length + 1;
    if (count % kLook != 0) continue;
    progress.update(done + begin);
    if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
  }
  return reader.take();
}

}  // namespace tern
