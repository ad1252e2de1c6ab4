#include "engine/embedding.h"

#include <algorithm>

#include "engine/slices.h"

namespace tern {

Result<std::vector<float>> embed(const Engine& engine, std::span<const int32_t> ids, Pooling pooling) {
  if (ids.empty()) return fail(ErrorCode::kInvalidArgument, "the text is empty; give at least one token");
  if (ids.size() > static_cast<size_t>(engine.context())) {
    return fail(ErrorCode::kContextFull, "{} tokens do not fit the context of {}", ids.size(),
                engine.context());
  }
  const auto hidden = static_cast<size_t>(engine.config().hidden);
  std::vector<float> states(std::min(kSliceTokens, ids.size()) * hidden);
  std::vector<double> sums(hidden, 0.0);
  Session session(engine);
  std::span<const float> last;
  for (size_t begin = 0; begin < ids.size(); begin += kSliceTokens) {
    const auto slice = ids.subspan(begin, std::min(kSliceTokens, ids.size() - begin));
    const auto rows = std::span(states).first(slice.size() * hidden);
    TERN_TRY(session.extend_hidden(slice, rows));
    for (size_t i = 0; i < rows.size(); ++i) sums[i % hidden] += static_cast<double>(rows[i]);
    last = rows.last(hidden);
  }
  if (pooling == Pooling::kLast) return std::vector<float>(last.begin(), last.end());
  std::vector<float> mean(hidden);
  for (size_t i = 0; i < hidden; ++i) {
    mean[i] = static_cast<float>(sums[i] / static_cast<double>(ids.size()));
  }
  return mean;
}

}  // namespace tern
