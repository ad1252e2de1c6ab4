#include "eval/rolling.h"

#include <algorithm>
#include <vector>

#include "engine/slices.h"

namespace tern {

Status roll_logits(const Engine& engine, std::span<const int32_t> ids, Windows windows,
                   const std::function<Status(const LogitSlice&)>& sink) {
  const auto vocab = static_cast<size_t>(engine.config().vocab);
  const size_t slice_rows = logit_rows_per_slice(vocab);
  std::vector<float> logits(std::min(slice_rows, ids.size()) * vocab);
  Session session(engine);
  while (const std::optional<Window> window = windows.next()) {
    session.reset();
    // The logits of a token predict the next one.
    const size_t unasked = window->counted - 1 - window->begin;
    if (unasked > 0) TERN_TRY(session.extend_into(ids.subspan(window->begin, unasked), kSliceTokens, {}));
    for (size_t first = window->counted; first < window->end; first += slice_rows) {
      const size_t n = std::min(slice_rows, window->end - first);
      const auto rows = std::span(logits).first(n * vocab);
      TERN_TRY(session.extend_into(ids.subspan(first - 1, n), kSliceTokens, rows));
      TERN_TRY(sink({.targets = ids.subspan(first, n), .logits = rows, .vocab = vocab}));
    }
  }
  return {};
}

}  // namespace tern
