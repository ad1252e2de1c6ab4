// From the last layer's output to logits.
#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "kernels/dispatch.h"
#include "models/head.h"
#include "models/parallel.h"
#include "models/pass.h"

namespace tern {
namespace {

constexpr int64_t kGroupRows = Head::kGroupRows;
// A pass of many rows is bound by arithmetic, of which the screen saves nothing.
constexpr size_t kMostScreenedRows = 16;
// Beyond this share of its groups the head is better read in one stream.
constexpr double kMostShare = 0.1;
// Groups whose scores are looked at while they are in the first-level cache.
constexpr int64_t kGroupsInCache = 32;
constexpr float kNoLogit = -std::numeric_limits<float>::infinity();

/// The greatest `count` of values, [n], as a list of their places in no order.
std::vector<int32_t> places_of_greatest(const float* values, size_t n, size_t count) {
  if (count == 1) return {static_cast<int32_t>(std::max_element(values, values + n) - values)};
  std::vector<int32_t> places(n);
  std::iota(places.begin(), places.end(), 0);
  count = std::min(count, n);
  std::nth_element(places.begin(), places.begin() + static_cast<ptrdiff_t>(count) - 1, places.end(),
                   [values](int32_t a, int32_t b) { return values[a] > values[b]; });
  places.resize(count);
  return places;
}

bool all_have_cuts(std::span<const PassRow> rows) {
  return std::all_of(rows.begin(), rows.end(), [](const PassRow& row) { return row.cut != nullptr; });
}

/// Groups of 16 head rows, each once.
class Groups {
 public:
  explicit Groups(size_t count) : chosen_(count, 0) {}
  void add(size_t group) {
    if (chosen_[group] == 0) list_.push_back(static_cast<int32_t>(group));
    chosen_[group] = 1;
  }
  const std::vector<int32_t>& list() const { return list_; }
  bool too_many() const {
    return static_cast<double>(list_.size()) > kMostShare * static_cast<double>(chosen_.size());
  }

 private:
  std::vector<char> chosen_;
  std::vector<int32_t> list_;
};

Status check_finite(const PassRow& row, int64_t begin, int64_t end, const Head& head) {
  if (all_finite(row.logits + begin, end - begin)) return {};
  return fail(ErrorCode::kNonFinite, "the logits ({}) are not finite at position {}", head.linear().name,
              row.position);
}

/// What a logit must reach to matter to `row`, whose logits of `groups` are known: its `top` best are at
/// least the best of those.
double least_that_matters(const PassRow& row, std::span<const int32_t> groups, int64_t vocab) {
  std::vector<float> known;
  for (const int32_t g : groups) {
    const int64_t begin = g * kGroupRows, end = std::min(begin + kGroupRows, vocab);
    known.insert(known.end(), row.logits + begin, row.logits + end);
  }
  const auto top =
      static_cast<ptrdiff_t>(std::min<int64_t>(row.cut->top, static_cast<int64_t>(known.size())));
  std::nth_element(known.begin(), known.begin() + top - 1, known.end(), std::greater<>());
  return static_cast<double>(known[static_cast<size_t>(top) - 1]) - row.cut->window;
}

}  // namespace

Status Pass::hidden_states(const Norm& final_norm) {
  for (int64_t r = 0; r < count(); ++r) {
    const PassRow& row = rows_[static_cast<size_t>(r)];
    if (row.hidden == nullptr) continue;
    kernels().rmsnorm(x.row(r), final_norm.weight.data(), final_norm.eps, config_.hidden, row.hidden);
    if (!all_finite(row.hidden, config_.hidden)) {
      return fail(ErrorCode::kNonFinite, "the hidden state is not finite at position {}", row.position);
    }
  }
  return {};
}

Status Pass::logits(const Norm& final_norm, const Head& head) {
  // The rows asked for, one after the other in h, as their logits lie one after the other.
  std::vector<PassRow> asked;
  for (int64_t r = 0; r < count(); ++r) {
    const PassRow& row = rows_[static_cast<size_t>(r)];
    if (row.logits == nullptr) continue;
    TERN_CHECK(row.cut == nullptr || row.cut->top >= 1);
    float* normed = h.row(static_cast<int64_t>(asked.size()));
    kernels().rmsnorm(x.row(r), final_norm.weight.data(), final_norm.eps, config_.hidden, normed);
    if (config_.logit_divisor != 1.0f) {
      for (int64_t i = 0; i < config_.hidden; ++i) normed[i] = normed[i] / config_.logit_divisor;
    }
    asked.push_back(row);
  }
  if (asked.empty()) return {};
  const Rows out{asked.front().logits, config_.vocab};
  TERN_CHECK(asked.back().logits == out.row(static_cast<int64_t>(asked.size()) - 1));
  workspace_.activations.reset(h.data, static_cast<int64_t>(asked.size()), config_.hidden);
  TERN_TRY(prepare(head.linear(), asked));
  if (head.screen() != nullptr && asked.size() <= kMostScreenedRows && all_have_cuts(asked)) {
    const auto rows = static_cast<uint64_t>(config_.vocab);
    reads_->head_rows += rows;
    TERN_ASSIGN(const bool done, screened_logits(head, asked, out));
    if (done) return {};
    reads_->head_rows_read += rows;
  }
  multiply_prepared({{head.whole(pool_), out}});
  return parallel_rows(pool_, asked.size(), range_grain(asked.size(), *pool_),
                       [&](size_t begin, size_t end) -> Status {
                         for (size_t r = begin; r < end; ++r)
                           TERN_TRY(check_finite(asked[r], 0, config_.vocab, head));
                         return {};
                       });
}

Status Pass::multiply_groups(const Head& head, std::span<const PassRow> asked,
                             std::span<const int32_t> groups, const Rows& out) {
  reads_->bytes += groups.size() * static_cast<size_t>(kGroupRows) * head.linear().row_bytes;
  return parallel_rows(pool_, groups.size(), range_grain(groups.size(), *pool_),
                       [&](size_t begin, size_t end) -> Status {
                         AlignedBuffer<uint8_t> scratch;
                         for (const int32_t g : groups.subspan(begin, end - begin)) {
                           const Linear group = head.group(g, scratch);
                           const int64_t first = g * kGroupRows;
                           workspace_.activations.multiply(group, 0, group.out, out.data + first,
                                                           static_cast<size_t>(out.width));
                           for (const PassRow& row : asked)
                             TERN_TRY(check_finite(row, first, first + group.out, head));
                         }
                         return {};
                       });
}

Result<bool> Pass::screened_logits(const Head& head, std::span<const PassRow> asked, const Rows& out) {
  const HeadScreen& screen = *head.screen();
  const int64_t vocab = config_.vocab;
  ScreenPause& pause = workspace_.screen_pause;
  if (pause.resting()) return false;
  TERN_TRY(prepare(ActivationKind::kBlockInt8, head.linear().name, asked));
  std::vector<ScreenedRow> measured;
  for (size_t r = 0; r < asked.size(); ++r) {
    const std::optional<ScreenedRow> row = screen.measure(workspace_.activations, static_cast<int64_t>(r));
    if (!row) return false;
    measured.push_back(*row);
  }

  const auto count = static_cast<size_t>((vocab + kGroupRows - 1) / kGroupRows);
  float* const bounds = grown(workspace_.bounds, asked.size() * count);
  pool_->parallel_for(count, range_grain(count, *pool_, kGroupsInCache), [&](size_t begin, size_t end) {
    for (auto g = static_cast<int64_t>(begin); g < static_cast<int64_t>(end); g += kGroupsInCache) {
      const int64_t last = std::min(g + kGroupsInCache, static_cast<int64_t>(end));
      screen.bound_groups(workspace_.activations, measured.data(), g, last, out.data,
                          static_cast<size_t>(out.width), bounds, count);
      for (const PassRow& row : asked)
        std::fill(row.logits + g * kGroupRows, row.logits + std::min(last * kGroupRows, vocab), kNoLogit);
    }
  });
  reads_->bytes += screen.bytes();

  // Logits of the most promising groups first: they tell what the others must reach.
  Groups groups(count);
  for (size_t r = 0; r < asked.size(); ++r) {
    for (const int32_t g :
         places_of_greatest(bounds + r * count, count, static_cast<size_t>(asked[r].cut->top)))
      groups.add(static_cast<size_t>(g));
  }
  if (groups.too_many()) {
    pause.failed();
    return false;
  }
  TERN_TRY(multiply_groups(head, asked, groups.list(), out));
  const size_t known = groups.list().size();
  for (size_t r = 0; r < asked.size(); ++r) {
    const double least = least_that_matters(asked[r], std::span(groups.list()).first(known), vocab);
    for (size_t g = 0; g < count; ++g) {
      if (static_cast<double>(bounds[r * count + g]) >= least) groups.add(g);
    }
  }
  if (groups.too_many()) {
    pause.failed();
    return false;
  }
  pause.worked();
  TERN_TRY(multiply_groups(head, asked, std::span(groups.list()).subspan(known), out));
  reads_->head_rows_read +=
      std::min<uint64_t>(groups.list().size() * kGroupRows, static_cast<uint64_t>(vocab));
  return true;
}

}  // namespace tern
