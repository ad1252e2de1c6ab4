#include "models/paired_ranks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "base/check.h"

namespace tern {
namespace {

constexpr size_t kLeast = 16;  // a shorter rest has no say

/// Ranks less their mean; equal values share the mean of their ranks, so that their order in the list says
/// nothing.
std::vector<double> centred_ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  const double mean = static_cast<double>(values.size() - 1) / 2;
  for (size_t i = 0; i < order.size();) {
    size_t end = i + 1;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (size_t k = i; k < end; ++k) ranks[order[k]] = static_cast<double>(i + end - 1) / 2 - mean;
    i = end;
  }
  return ranks;
}

/// The correlation of ranks; nothing when one of the lists is constant.
std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = centred_ranks(a), y = centred_ranks(b);
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += x[i] * x[i];
    yy += y[i] * y[i];
    xy += x[i] * y[i];
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

}  // namespace

double paired_ranks(std::span<const double> a, std::span<const double> b) {
  TERN_CHECK(a.size() == b.size());
  double sum = 0, variance = 0;
  for (size_t at = 0; at < a.size(); at += kPairedBlock) {
    const size_t n = std::min(kPairedBlock, a.size() - at);
    if (n < kLeast) break;
    const std::optional<double> r = rank_correlation(a.subspan(at, n), b.subspan(at, n));
    if (!r) continue;
    sum += *r;
    variance += 1.0 / static_cast<double>(n - 1);  // of r over all pairings
  }
  return variance == 0 ? 0 : sum / std::sqrt(variance);
}

}  // namespace tern
